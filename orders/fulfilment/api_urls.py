"""REST routes of handing over, of parcels and of pick-ups."""

from django.urls import path

from orders.fulfilment import api, pickup_api, shipment_api

app_name = "fulfilment"
urlpatterns = [
    path("orders/<uuid:order_id>/fulfilments/", api.FulfilmentsView.as_view(), name="fulfilment-create"),
    path("orders/<uuid:order_id>/shipments/", shipment_api.ShipmentsView.as_view(), name="shipments"),
    path("pickups/", pickup_api.PickupsView.as_view(), name="pickups"),
    path("pickups/<uuid:pickup_id>/picked/", pickup_api.PickedView.as_view(), name="pickup-pick"),
    path("pickups/<uuid:pickup_id>/collections/", pickup_api.CollectionView.as_view(), name="pickup-collect"),
]
