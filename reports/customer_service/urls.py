"""Pages of customers."""

from django.urls import path

from reports.customer_service import record_views, views

app_name = "customer_pages"
urlpatterns = [
    path("customers/", views.CustomerListView.as_view(), name="customer-list"),
    path("customers/<uuid:customer_id>/", views.CustomerView.as_view(), name="customer-detail"),
    path("customers/<uuid:customer_id>/reveal/", views.RevealCustomerView.as_view(), name="customer-reveal"),
    path("customers/<uuid:customer_id>/consents/", views.ConsentView.as_view(), name="consent-create"),
    path("customers/<uuid:customer_id>/change/", record_views.ChangeCustomerView.as_view(), name="customer-change"),
    path("customers/<uuid:customer_id>/join/", record_views.JoinCustomersView.as_view(), name="customer-join"),
    path("customers/<uuid:customer_id>/erase/", record_views.EraseCustomerView.as_view(), name="customer-erase"),
    path("customers/<uuid:customer_id>/holdings/", record_views.HoldingsView.as_view(), name="customer-holdings"),
]
