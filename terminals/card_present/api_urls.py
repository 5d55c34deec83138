"""REST routes of what is under way on terminals, below /api/v1/."""

from django.urls import path

from terminals.card_present import api, health_api, settings_api

app_name = "card_present"
urlpatterns = [
    path("terminals/<uuid:terminal_id>/cancel/", api.CancelView.as_view(), name="cancel"),
    path("terminals/<uuid:terminal_id>/status/", api.StatusView.as_view(), name="status"),
    path("terminals/<uuid:terminal_id>/sample-payments/", api.SamplePaymentsView.as_view(), name="sample-payments"),
    path("terminals/<uuid:terminal_id>/health/", health_api.HealthView.as_view(), name="health"),
    path("terminals/<uuid:terminal_id>/checks/", health_api.ChecksView.as_view(), name="checks"),
    path("terminals/<uuid:terminal_id>/display/", health_api.DisplayView.as_view(), name="display"),
    path("terminal-payments/", health_api.OpenPaymentsView.as_view(), name="open-payment-list"),
    path("terminals/<uuid:terminal_id>/settings/", settings_api.TerminalSettingsView.as_view(), name="settings"),
    path(
        "terminals/<uuid:terminal_id>/settings/deliveries/",
        settings_api.SettingsDeliveryView.as_view(),
        name="settings-deliver",
    ),
    path("terminal-settings/", settings_api.MerchantSettingsView.as_view(), name="merchant-settings"),
    path("terminal-settings/stores/<uuid:store_id>/", settings_api.StoreSettingsView.as_view(), name="store-settings"),
]
