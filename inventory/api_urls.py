"""REST routes of catalogue, prices and stock."""

from django.urls import path

from inventory.catalog import api as catalog
from inventory.pricing import api as pricing
from inventory.stock import api as stock

app_name = "inventory"
urlpatterns = [
    path("catalog/", catalog.CatalogView.as_view(), name="catalog"),
    path("catalog/barcodes/<str:code>/", catalog.BarcodeView.as_view(), name="barcode"),
    path("products/", catalog.ProductsView.as_view(), name="product-create"),
    path("prices/", pricing.PricesView.as_view(), name="price-set"),
    path("stock/", stock.StockView.as_view(), name="stock-list"),
    path("stock/adjustments/", stock.StockAdjustmentsView.as_view(), name="stock-adjust"),
    path("stock/deliveries/", stock.StockDeliveriesView.as_view(), name="stock-deliver"),
]
