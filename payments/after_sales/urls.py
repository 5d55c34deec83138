"""What staff do with a payment."""

from django.urls import path

from payments.after_sales import (
    cancellation_views,
    card_return_views,
    order_views,
    rules_views,
    unresolved_views,
    views,
)

app_name = "after_sales_pages"
urlpatterns = [
    path("orders/<uuid:order_id>/cancel/", cancellation_views.CancelOrderView.as_view(), name="cancellation-create"),
    path("payments/<uuid:payment_id>/refund/", views.RefundView.as_view(), name="refund-create"),
    path("payments/<uuid:payment_id>/capture/", views.CaptureView.as_view(), name="capture-create"),
    path("payments/<uuid:payment_id>/tip/", views.TipView.as_view(), name="tip-create"),
    path("payments/<uuid:payment_id>/increase/", views.IncreaseView.as_view(), name="increment-create"),
    path("orders/<uuid:order_id>/refund/", order_views.OrderRefundView.as_view(), name="order-refund-create"),
    path("orders/<uuid:order_id>/card-return/", card_return_views.CardReturnView.as_view(), name="card-return-create"),
    path(
        "orders/<uuid:order_id>/refund-overpayment/", views.OverpaymentView.as_view(), name="overpayment-refund-create"
    ),
    path("payments/unresolved/", unresolved_views.UnresolvedListView.as_view(), name="unresolved-list"),
    path("operations/<uuid:operation_id>/override/", unresolved_views.OverrideView.as_view(), name="override-create"),
    path("payments/<uuid:payment_id>/void/", views.VoidView.as_view(), name="void-create"),
    path("payments/<uuid:payment_id>/ask/", views.AskView.as_view(), name="look-up-create"),
    path("settings/returns/", rules_views.ReturnRulesPageView.as_view(), name="merchant-rules"),
    path("settings/returns/<uuid:store_id>/", rules_views.ReturnRulesPageView.as_view(), name="store-rules"),
]
