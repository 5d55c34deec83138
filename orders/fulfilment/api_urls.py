"""REST routes of fulfilment, below /api/v1/."""

from django.urls import path

from orders.fulfilment import api

app_name = "fulfilment"
urlpatterns = [path("orders/<uuid:order_id>/fulfilments/", api.FulfilmentsView.as_view(), name="fulfilment-create")]
