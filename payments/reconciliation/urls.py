"""Pages of reconciliation and imports."""

from django.urls import path

from payments.reconciliation import import_views, views

app_name = "reconciliation_pages"
urlpatterns = [
    path("reconciliation/", views.WorkbenchView.as_view(), name="workbench"),
    path("reconciliation/run/", views.RunView.as_view(), name="run-create"),
    path("reconciliation/exceptions/<uuid:exception_id>/", views.ExceptionView.as_view(), name="exception-detail"),
    path("imports/", import_views.ImportListView.as_view(), name="import-list"),
    path("imports/<uuid:report_id>/", import_views.ReportFileView.as_view(), name="report-detail"),
    path("imports/<uuid:report_id>/progress/", import_views.ReportProgressView.as_view(), name="report-progress"),
    path("imports/statements/<uuid:statement_id>/", import_views.StatementFileView.as_view(), name="statement-detail"),
    path(
        "imports/statements/<uuid:statement_id>/progress/",
        import_views.StatementProgressView.as_view(),
        name="statement-progress",
    ),
]
