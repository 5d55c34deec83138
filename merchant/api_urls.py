"""Every REST route under /api/v1/, one line a slice."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("merchant.accounts.api_urls")),
    path("", include("inventory.api_urls")),
    path("", include("terminals.devices.api_urls")),
    path("", include("terminals.card_present.api_urls")),
    path("", include("terminals.pos.api_urls")),
]
