"""Pages of approvals."""

from django.urls import path

from merchant.accounts.approvals import views

app_name = "approval_pages"

urlpatterns = [
    path("approvals/", views.ApprovalListView.as_view(), name="approval-list"),
    path("approvals/<uuid:approval_id>/grant/", views.GrantView.as_view(), name="grant-create"),
    path("approvals/<uuid:approval_id>/refuse/", views.RefuseView.as_view(), name="refusal-create"),
    path("approvals/pin/", views.PinPageView.as_view(), name="pin-set"),
]
