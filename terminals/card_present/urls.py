"""Pages of one terminal."""

from django.urls import path

from terminals.card_present import settings_views, views

app_name = "terminal_pages"
urlpatterns = [
    path("terminals/new/", views.NewTerminalView.as_view(), name="terminal-create"),
    path("terminals/<uuid:terminal_id>/", views.TerminalView.as_view(), name="terminal-detail"),
    path("terminals/<uuid:terminal_id>/pairing-code/", views.PairingCodeView.as_view(), name="pairing-code-create"),
    path(
        "terminals/<uuid:terminal_id>/sample-payments/", views.SamplePaymentView.as_view(), name="sample-payment-create"
    ),
    path("terminals/<uuid:terminal_id>/checks/", views.CheckView.as_view(), name="check-create"),
    path("terminals/<uuid:terminal_id>/settings/", settings_views.TerminalSettingsView.as_view(), name="settings"),
    path(
        "terminals/<uuid:terminal_id>/settings/deliveries/",
        views.SettingsDeliveryView.as_view(),
        name="settings-deliver",
    ),
    path("terminals/settings/", settings_views.MerchantSettingsView.as_view(), name="merchant-settings"),
    path("terminals/settings/<uuid:store_id>/", settings_views.StoreSettingsView.as_view(), name="store-settings"),
    path("terminals/<uuid:terminal_id>/cancel/", views.CancelPaymentView.as_view(), name="payment-cancel"),
]
