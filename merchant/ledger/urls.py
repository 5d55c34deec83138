"""Staff pages of the books."""

from django.urls import path

from merchant.ledger import rate_views

app_name = "ledger_pages"
urlpatterns = [
    path("settings/exchange-rates/", rate_views.RateListView.as_view(), name="rate-list"),
    path("settings/exchange-rates/new/", rate_views.NewRateView.as_view(), name="rate-create"),
    path("settings/exchange-rates/<uuid:rate_id>/", rate_views.RateView.as_view(), name="rate-detail"),
]
