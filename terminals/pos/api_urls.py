"""REST routes of the till."""

from django.urls import path

from terminals.pos import api, discount_api, elsewhere_api, parking_api
from terminals.pos.splitting.api import OrderSplitsView

app_name = "pos"
urlpatterns = [
    path("sales/", api.SaleView.as_view(), name="sale-create"),
    path("till/orders/", api.TillOrdersView.as_view(), name="order-begin"),
    path("orders/<uuid:order_id>/lines/", api.OrderLinesView.as_view(), name="order-lines"),
    path("orders/<uuid:order_id>/sources/", elsewhere_api.OrderSourcesView.as_view(), name="order-sources"),
    path("orders/<uuid:order_id>/delivery/", elsewhere_api.OrderDeliveryView.as_view(), name="order-delivery"),
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
    path("orders/<uuid:order_id>/payments/", api.OrderPaymentsView.as_view(), name="order-payment-create"),
    path("orders/<uuid:order_id>/returns/", api.OrderReturnsView.as_view(), name="order-return-create"),
    path("payments/<uuid:payment_id>/refunds/", api.PaymentRefundsView.as_view(), name="payment-refund-create"),
    path("operations/<uuid:operation_id>/", api.OperationView.as_view(), name="operation"),
]
