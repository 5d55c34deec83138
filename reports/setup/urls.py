"""Pages of the set-up."""

from django.urls import path

from reports.setup import views

app_name = "setup_pages"
urlpatterns = [
    path("setup/", views.FirstView.as_view(), name="first"),
    path("setup/steps/", views.ChecklistView.as_view(), name="checklist"),
    path("setup/sandbox/", views.SandboxView.as_view(), name="sandbox-connect"),
    path("setup/test-payment/", views.TestPaymentView.as_view(), name="test-payment-create"),
    path("setup/demo/", views.DemoView.as_view(), name="demo-create"),
    path("setup/demo/restore/", views.RestoreView.as_view(), name="demo-restore"),
    path("setup/demo/archive/", views.ArchiveView.as_view(), name="demo-archive"),
]
