"""REST routes of catalogue, prices and stock."""

from django.urls import path

from inventory.catalog import api as catalog
from inventory.pricing import api as pricing
from inventory.pricing import coupon_api as coupons
from inventory.pricing import price_list_api as price_lists
from inventory.receiving import api as receiving
from inventory.stock import api as stock
from inventory.stock import limits_api as limits

app_name = "inventory"
urlpatterns = [
    path("catalog/", catalog.CatalogView.as_view(), name="catalog"),
    path("catalog/barcodes/<str:code>/", catalog.BarcodeView.as_view(), name="barcode"),
    path("products/", catalog.ProductsView.as_view(), name="product-create"),
    path("prices/", pricing.PricesView.as_view(), name="price-set"),
    path("price-lists/", price_lists.PriceListsView.as_view(), name="price-lists"),
    path("price-lists/<uuid:list_id>/prices/", price_lists.ListPricesView.as_view(), name="price-list-prices"),
    path("coupons/", coupons.CouponsView.as_view(), name="coupons"),
    path("coupons/<uuid:coupon_id>/end/", coupons.CouponEndView.as_view(), name="coupon-end"),
    path("stock/", stock.StockView.as_view(), name="stock-list"),
    path("stock/adjustments/", stock.StockAdjustmentsView.as_view(), name="stock-adjust"),
    path("stock/deliveries/", stock.StockDeliveriesView.as_view(), name="stock-deliver"),
    path("stock/availability/", limits.AvailabilityView.as_view(), name="availability"),
    path("stock/safety/", limits.SafetyStockView.as_view(), name="safety-set"),
    path("stock/low-levels/", limits.LowLevelView.as_view(), name="low-level-set"),
    path("stock/expected-deliveries/", receiving.DeliveriesView.as_view(), name="deliveries"),
    path("stock/expected-deliveries/<uuid:goods_id>/", receiving.DeliveryView.as_view(), name="delivery"),
    path(
        "stock/expected-deliveries/<uuid:goods_id>/receipts/",
        receiving.DeliveryReceiptsView.as_view(),
        name="delivery-receive",
    ),
    path(
        "stock/expected-deliveries/<uuid:goods_id>/close/",
        receiving.DeliveryCloseView.as_view(),
        name="delivery-close",
    ),
    path("stock/transfers/", receiving.TransfersView.as_view(), name="transfers"),
    path("stock/transfers/<uuid:transfer_id>/", receiving.TransferView.as_view(), name="transfer"),
    path(
        "stock/transfers/<uuid:transfer_id>/receipts/",
        receiving.TransferReceiptsView.as_view(),
        name="transfer-receive",
    ),
    path("stock/transfers/<uuid:transfer_id>/close/", receiving.TransferCloseView.as_view(), name="transfer-close"),
    path("stock/counts/", receiving.CountsView.as_view(), name="counts"),
    path("stock/counts/<uuid:count_id>/", receiving.CountView.as_view(), name="count"),
    path("stock/counts/<uuid:count_id>/lines/", receiving.CountLinesView.as_view(), name="count-line-create"),
    path("stock/counts/<uuid:count_id>/booking/", receiving.CountBookingView.as_view(), name="count-book"),
    path("stock/counts/<uuid:count_id>/drop/", receiving.CountDropView.as_view(), name="count-drop"),
]
