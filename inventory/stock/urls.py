"""Pages of stock."""

from django.urls import path

from inventory.stock import views

app_name = "stock_pages"
urlpatterns = [path("stock/", views.StockListView.as_view(), name="stock-list")]
