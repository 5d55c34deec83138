"""REST of processors' events that nothing could be made of."""

from django.urls import path

from payments.webhooks import api

app_name = "gateway_events"
urlpatterns = [
    path("gateway-events/", api.GatewayEventListView.as_view(), name="event-list"),
    path("gateway-events/<uuid:event_id>/", api.GatewayEventView.as_view(), name="event"),
]
