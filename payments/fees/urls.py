"""Pages of fee contracts."""

from django.urls import path

from payments.fees import views

app_name = "fee_pages"
urlpatterns = [
    path("fees/contracts/", views.ContractListView.as_view(), name="contract-list"),
    path("fees/contracts/new/", views.NewContractView.as_view(), name="contract-create"),
    path("fees/contracts/<uuid:contract_id>/", views.ContractView.as_view(), name="contract-detail"),
    path("fees/contracts/<uuid:contract_id>/change/", views.ChangeContractView.as_view(), name="contract-change"),
]
