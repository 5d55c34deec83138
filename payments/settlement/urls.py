"""The list of payouts; one payout, which its bank lines explain, is reconciliation's page."""

from django.urls import path

from payments.settlement import views

app_name = "settlement_pages"
urlpatterns = [
    path("payouts/", views.PayoutListView.as_view(), name="payout-list"),
]
