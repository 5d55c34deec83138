"""Pages of handing over."""

from django.urls import path

from orders.fulfilment import views

app_name = "fulfilment_pages"
urlpatterns = [path("orders/<uuid:order_id>/hand-over/", views.HandOverView.as_view(), name="hand-over-create")]
