"""Pages of the webhook log."""

from django.urls import path

from merchant.messages import views

app_name = "message_pages"
urlpatterns = [
    path("webhook-log/", views.WebhookLogView.as_view(), name="webhook-log"),
    path("webhook-log/endpoints/new/", views.NewEndpointView.as_view(), name="endpoint-create"),
    path("webhook-log/endpoints/<uuid:endpoint_id>/", views.EndpointView.as_view(), name="endpoint-detail"),
    path(
        "webhook-log/endpoints/<uuid:endpoint_id>/secret/", views.RollSecretView.as_view(), name="endpoint-secret-roll"
    ),
    path(
        "webhook-log/endpoints/<uuid:endpoint_id>/switch/", views.SwitchEndpointView.as_view(), name="endpoint-switch"
    ),
    path("webhook-log/<uuid:delivery_id>/", views.DeliveryView.as_view(), name="delivery-detail"),
    path("webhook-log/<uuid:delivery_id>/resend/", views.ResendView.as_view(), name="delivery-resend"),
]
