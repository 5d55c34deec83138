"""Pages of the audit log."""

from django.urls import path

from reports.audit_log import views

app_name = "audit_pages"
urlpatterns = [
    path("audit/", views.AuditLogView.as_view(), name="log"),
    path("audit/checks/", views.AuditCheckView.as_view(), name="check-create"),
]
