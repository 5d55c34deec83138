"""REST routes of fee contracts, below /api/v1/."""

from django.urls import path

from payments.fees import api

app_name = "fees"

urlpatterns = [
    path("fee-contracts/", api.ContractsView.as_view(), name="contracts"),
    path("fee-contracts/<uuid:contract_id>/", api.ContractView.as_view(), name="contract"),
    path("fee-contracts/<uuid:contract_id>/changes/", api.ContractChangeView.as_view(), name="contract-change"),
]
