"""Pages of accounts."""

from django.urls import path

from merchant.accounts import pages

app_name = "accounts_pages"

urlpatterns = [
    # Stands before the package's own of this address; who asks for `account_login` comes here too.
    path("login/", pages.FirstOrLoginView.as_view(), name="login"),
    path("switch/", pages.MerchantSwitchView.as_view(), name="merchant-switch"),
]
