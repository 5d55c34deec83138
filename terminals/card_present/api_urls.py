"""REST routes of what is under way on terminals, below /api/v1/."""

from django.urls import path

from terminals.card_present import api

app_name = "card_present"
urlpatterns = [
    path("terminals/<uuid:terminal_id>/cancel/", api.CancelView.as_view(), name="cancel"),
    path("terminals/<uuid:terminal_id>/status/", api.StatusView.as_view(), name="status"),
    path("terminals/<uuid:terminal_id>/sample-payments/", api.SamplePaymentsView.as_view(), name="sample-payments"),
]
