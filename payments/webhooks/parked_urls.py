"""Staff pages of processors' events that nothing could be made of."""

from django.urls import path

from payments.webhooks import parked_views

app_name = "gateway_event_pages"
urlpatterns = [
    path("gateway-events/", parked_views.EventListView.as_view(), name="event-list"),
    path("gateway-events/<uuid:event_id>/", parked_views.EventView.as_view(), name="event-detail"),
    path("gateway-events/<uuid:event_id>/retry/", parked_views.RetryView.as_view(), name="event-retry"),
    path("gateway-events/<uuid:event_id>/aside/", parked_views.PutAsideView.as_view(), name="event-put-aside"),
]
