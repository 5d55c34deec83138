"""REST addresses of webhooks and mails."""

from django.urls import path

from merchant.messages import api

app_name = "messages"
urlpatterns = [
    path("webhook-endpoints/", api.EndpointListView.as_view(), name="endpoints"),
    path("webhook-endpoints/<uuid:endpoint_id>/", api.EndpointView.as_view(), name="endpoint"),
    path(
        "webhook-endpoints/<uuid:endpoint_id>/secret-rolls/",
        api.EndpointSecretRollView.as_view(),
        name="endpoint-secret-roll",
    ),
    path("webhook-deliveries/", api.DeliveryListView.as_view(), name="delivery-list"),
    path("webhook-deliveries/<uuid:delivery_id>/", api.DeliveryView.as_view(), name="delivery"),
    path("webhook-deliveries/<uuid:delivery_id>/resends/", api.DeliveryResendView.as_view(), name="delivery-resend"),
    path("messages/", api.MessageListView.as_view(), name="message-list"),
    path("messages/<uuid:message_id>/resends/", api.MessageResendView.as_view(), name="message-resend"),
]
