"""REST routes of the till."""

from django.urls import path

from terminals.pos import (
    api,
    buyers_api,
    discount_api,
    elsewhere_api,
    loose_api,
    offline_api,
    parking_api,
    payments_api,
    placing_api,
    returns_api,
)
from terminals.pos.splitting.api import OrderSplitsView

app_name = "pos"
urlpatterns = [
    path("sales/", api.SaleView.as_view(), name="sale-create"),
    path("till/orders/", api.TillOrdersView.as_view(), name="order-begin"),
    path("orders/<uuid:order_id>/lines/", api.OrderLinesView.as_view(), name="order-lines"),
    path("orders/<uuid:order_id>/sources/", elsewhere_api.OrderSourcesView.as_view(), name="order-sources"),
    path("orders/<uuid:order_id>/delivery/", elsewhere_api.OrderDeliveryView.as_view(), name="order-delivery"),
    path("orders/<uuid:order_id>/customers/", buyers_api.OrderCustomerView.as_view(), name="order-customer"),
    path("till/parked/", parking_api.WaitingOrdersView.as_view(), name="parked-list"),
    path("orders/<uuid:order_id>/parkings/", parking_api.OrderParkingsView.as_view(), name="order-park"),
    path("orders/<uuid:order_id>/resumptions/", parking_api.OrderResumptionsView.as_view(), name="order-resume"),
    path("orders/<uuid:order_id>/discounts/", discount_api.OrderDiscountsView.as_view(), name="order-discounts"),
    path(
        "orders/<uuid:order_id>/discounts/<uuid:discount_id>/removals/",
        discount_api.DiscountRemovalsView.as_view(),
        name="order-discount-remove",
    ),
    path("orders/<uuid:order_id>/splits/", OrderSplitsView.as_view(), name="order-splits"),
    path("orders/<uuid:order_id>/placements/", placing_api.OrderPlacementsView.as_view(), name="order-place"),
    path("orders/<uuid:order_id>/completions/", payments_api.OrderCompletionsView.as_view(), name="order-complete"),
    path("orders/<uuid:order_id>/payments/", payments_api.OrderPaymentsView.as_view(), name="order-payment-create"),
    path("orders/<uuid:order_id>/returns/", returns_api.OrderReturnsView.as_view(), name="order-return-create"),
    path("orders/<uuid:order_id>/exchanges/", returns_api.OrderExchangesView.as_view(), name="order-exchange-create"),
    path("till/batch/", offline_api.BatchView.as_view(), name="batch-create"),
    path("offline-sales/", offline_api.OfflineSaleView.as_view(), name="offline-sale-create"),
    path("offline-sales/at-risk/", offline_api.AtRiskView.as_view(), name="at-risk"),
    path("offline-rules/", offline_api.OfflineRulesView.as_view(), name="offline-rules"),
    path("returnables/", returns_api.ReturnableView.as_view(), name="returnable"),
    path("loose-returns/", loose_api.LooseReturnsView.as_view(), name="loose-returns"),
    path("loose-returns/quotes/", loose_api.LooseQuoteView.as_view(), name="loose-quote-create"),
    path("loose-returns/exchanges/", loose_api.LooseExchangesView.as_view(), name="loose-exchange-create"),
    path("payments/<uuid:payment_id>/refunds/", returns_api.PaymentRefundsView.as_view(), name="payment-refund-create"),
    path("operations/<uuid:operation_id>/", payments_api.OperationView.as_view(), name="operation"),
]
