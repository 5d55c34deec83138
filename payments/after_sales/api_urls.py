"""REST routes of a payment's later life, below /api/v1/."""

from django.urls import path

from payments.after_sales import api, cancellation_api, rules_api

app_name = "after_sales"
urlpatterns = [
    path("payments/<uuid:payment_id>/captures/", api.CapturesView.as_view(), name="capture-create"),
    path("payments/<uuid:payment_id>/increments/", api.IncrementsView.as_view(), name="increment-create"),
    path("payments/<uuid:payment_id>/tips/", api.TipsView.as_view(), name="tip-create"),
    path("payments/<uuid:payment_id>/voids/", api.VoidsView.as_view(), name="void-create"),
    path("payments/<uuid:payment_id>/endings/", api.EndingsView.as_view(), name="ending-create"),
    path("operations/<uuid:operation_id>/look-ups/", api.LookUpsView.as_view(), name="look-up-create"),
    path("operations/<uuid:operation_id>/overrides/", api.OverridesView.as_view(), name="override-create"),
    path("unresolved-operations/", api.UnresolvedView.as_view(), name="unresolved-list"),
    path("orders/<uuid:order_id>/refund-proposal/", api.RefundProposalView.as_view(), name="refund-proposal"),
    path("orders/<uuid:order_id>/refunds/", api.OrderRefundsView.as_view(), name="order-refund-create"),
    path(
        "orders/<uuid:order_id>/overpayment-refunds/",
        api.OverpaymentRefundsView.as_view(),
        name="overpayment-refund-create",
    ),
    path(
        "orders/<uuid:order_id>/marketplace-payments/",
        api.MarketplacePaymentsView.as_view(),
        name="marketplace-payment-create",
    ),
    path(
        "stored-cards/<uuid:credential_id>/charges/",
        api.StoredCardChargesView.as_view(),
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
