"""Pages of goods in."""

from django.urls import path

from inventory.receiving import count_views, views

app_name = "goods_in_pages"
urlpatterns = [
    path("stock/deliveries/", views.DeliveryListView.as_view(), name="delivery-list"),
    path("stock/deliveries/new/", views.NewDeliveryView.as_view(), name="delivery-create"),
    path("stock/deliveries/<uuid:goods_id>/", views.DeliveryDetailView.as_view(), name="delivery-detail"),
    path("stock/deliveries/<uuid:goods_id>/receive/", views.ReceiveDeliveryView.as_view(), name="delivery-receive"),
    path("stock/deliveries/<uuid:goods_id>/close/", views.CloseDeliveryView.as_view(), name="delivery-close"),
    path("stock/transfers/", views.TransferListView.as_view(), name="transfer-list"),
    path("stock/transfers/new/", views.NewTransferView.as_view(), name="transfer-create"),
    path("stock/transfers/<uuid:transfer_id>/", views.TransferDetailView.as_view(), name="transfer-detail"),
    path("stock/transfers/<uuid:transfer_id>/receive/", views.ReceiveTransferView.as_view(), name="transfer-receive"),
    path("stock/transfers/<uuid:transfer_id>/close/", views.CloseTransferView.as_view(), name="transfer-close"),
    path("stock/counts/", count_views.CountListView.as_view(), name="count-list"),
    path("stock/counts/new/", count_views.NewCountView.as_view(), name="count-create"),
    path("stock/counts/<uuid:count_id>/", count_views.CountDetailView.as_view(), name="count-detail"),
    path("stock/counts/<uuid:count_id>/lines/", count_views.CountLineView.as_view(), name="count-line-create"),
    path("stock/counts/<uuid:count_id>/booking/", count_views.BookCountView.as_view(), name="count-book"),
    path("stock/counts/<uuid:count_id>/drop/", count_views.DropCountView.as_view(), name="count-drop"),
]
