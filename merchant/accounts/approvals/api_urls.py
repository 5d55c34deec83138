"""REST routes of approvals, below /api/v1/."""

from django.urls import path

from merchant.accounts.approvals import api

app_name = "approvals"

urlpatterns = [
    path("approvals/", api.ApprovalsView.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>/", api.ApprovalView.as_view(), name="approval"),
    path("approvals/<uuid:approval_id>/grants/", api.ApprovalDecisionView.as_view(), name="grant-create"),
    path("approvals/<uuid:approval_id>/refusals/", api.ApprovalRefusalView.as_view(), name="refusal-create"),
    path("approvals/<uuid:approval_id>/pin-grants/", api.ApprovalPinGrantView.as_view(), name="pin-grant-create"),
    path("me/pin/", api.PinView.as_view(), name="pin"),
]
