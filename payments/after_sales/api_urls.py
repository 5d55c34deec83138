"""REST routes of a payment's later life, below /api/v1/."""

from django.urls import path

from payments.after_sales import cancellation_api, payment_api, refund_api, rules_api, taking_api, unresolved_api

app_name = "after_sales"
urlpatterns = [
    path("payments/<uuid:payment_id>/captures/", payment_api.CapturesView.as_view(), name="capture-create"),
    path("payments/<uuid:payment_id>/increments/", payment_api.IncrementsView.as_view(), name="increment-create"),
    path("payments/<uuid:payment_id>/tips/", payment_api.TipsView.as_view(), name="tip-create"),
    path("payments/<uuid:payment_id>/voids/", payment_api.VoidsView.as_view(), name="void-create"),
    path("payments/<uuid:payment_id>/endings/", payment_api.EndingsView.as_view(), name="ending-create"),
    path("operations/<uuid:operation_id>/look-ups/", unresolved_api.LookUpsView.as_view(), name="look-up-create"),
    path("operations/<uuid:operation_id>/overrides/", unresolved_api.OverridesView.as_view(), name="override-create"),
    path("unresolved-operations/", unresolved_api.UnresolvedView.as_view(), name="unresolved-list"),
    path("orders/<uuid:order_id>/refund-proposal/", refund_api.RefundProposalView.as_view(), name="refund-proposal"),
    path("orders/<uuid:order_id>/refunds/", refund_api.OrderRefundsView.as_view(), name="order-refund-create"),
    path(
        "orders/<uuid:order_id>/overpayment-refunds/",
        refund_api.OverpaymentRefundsView.as_view(),
        name="overpayment-refund-create",
    ),
    path(
        "orders/<uuid:order_id>/marketplace-payments/",
        taking_api.MarketplacePaymentsView.as_view(),
        name="marketplace-payment-create",
    ),
    path(
        "stored-cards/<uuid:credential_id>/charges/",
        taking_api.StoredCardChargesView.as_view(),
        name="stored-card-charge-create",
    ),
    path(
        "orders/<uuid:order_id>/cancellations/",
        cancellation_api.CancellationsView.as_view(),
        name="cancellation-create",
    ),
    path(
        "orders/<uuid:order_id>/line-cancellations/",
        cancellation_api.LineCancellationsView.as_view(),
        name="line-cancellation-create",
    ),
    path("return-rules/", rules_api.ReturnRulesView.as_view(), name="return-rules"),
]
