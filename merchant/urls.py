"""Every page of the product, one line a slice."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# The operators' pages use the same sign-in as everybody: second factor and lockout included.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("merchant.core.health")),
    path("ops/", admin.site.urls),
    path("accounts/", include("merchant.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("merchant.api_urls")),
    path("", include("orders.documents.urls")),
]
