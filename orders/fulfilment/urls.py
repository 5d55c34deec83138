"""Pages of handing over."""

from django.urls import path

from orders.fulfilment import pickup_views, views

app_name = "fulfilment_pages"
urlpatterns = [
    path("orders/<uuid:order_id>/hand-over/", views.HandOverView.as_view(), name="hand-over-create"),
    path("orders/<uuid:order_id>/shipments/", views.NewShipmentView.as_view(), name="shipment-create"),
    path("pickups/", pickup_views.BoardView.as_view(), name="pickup-board"),
    path("pickups/picked/", pickup_views.PickedManyView.as_view(), name="pickup-pick-many"),
    path("pickups/<uuid:pickup_id>/picked/", pickup_views.PickedView.as_view(), name="pickup-pick"),
    path("pickups/<uuid:pickup_id>/collections/", pickup_views.CollectionView.as_view(), name="pickup-collect"),
]
