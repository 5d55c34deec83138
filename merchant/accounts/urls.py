"""Pages of accounts."""

from django.urls import path

from merchant.accounts import pages

app_name = "accounts_pages"

urlpatterns = [
    path("switch/", pages.MerchantSwitchView.as_view(), name="merchant-switch"),
]
