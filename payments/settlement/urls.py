"""Pages of payouts."""

from django.urls import path

from payments.settlement import views

app_name = "settlement_pages"
urlpatterns = [
    path("payouts/", views.PayoutListView.as_view(), name="payout-list"),
    path("payouts/<uuid:payout_id>/", views.PayoutDetailView.as_view(), name="payout-detail"),
]
