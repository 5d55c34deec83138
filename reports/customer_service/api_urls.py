"""REST routes of customers."""

from django.urls import path

from reports.customer_service import api

app_name = "customers"
urlpatterns = [
    path("customers/", api.CustomersView.as_view(), name="customers"),
    path("customers/<uuid:customer_id>/", api.CustomerView.as_view(), name="customer"),
    path("customers/<uuid:customer_id>/reveals/", api.RevealView.as_view(), name="reveal-create"),
    path("customers/<uuid:customer_id>/consents/", api.ConsentsView.as_view(), name="consent-create"),
    path("customers/<uuid:customer_id>/merges/", api.MergesView.as_view(), name="merge-create"),
    path("customers/<uuid:customer_id>/holdings/", api.HoldingsView.as_view(), name="holdings-create"),
    path("customers/<uuid:customer_id>/erasures/", api.ErasuresView.as_view(), name="erasure-create"),
]
