"""Every page of the product, one line a slice."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("ops/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("merchant.api_urls")),
]
