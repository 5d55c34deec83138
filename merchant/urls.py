"""Every page of the product, one line a slice."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("merchant.core.health")),
    path("ops/", admin.site.urls),
    path("accounts/", include("merchant.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("merchant.api_urls")),
    path("", include("orders.documents.urls")),
    path("webhooks/", include("payments.webhooks.urls")),
    path("", include("payments.checkout.urls")),
    path("demo/", include("reports.demo.urls")),
]

handler400 = "merchant.core.errors.bad_request"
handler404 = "merchant.core.errors.page_not_found"
handler500 = "merchant.core.errors.server_error"
