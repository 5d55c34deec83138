"""REST routes of settlement, below /api/v1/."""

from django.urls import path

from payments.settlement import api

app_name = "settlement"

urlpatterns = [
    path("settlement-reports/", api.ReportsView.as_view(), name="reports"),
    path("settlement-reports/fetches/", api.ReportFetchView.as_view(), name="report-fetch-create"),
    path("settlement-reports/<uuid:report_id>/", api.ReportView.as_view(), name="report"),
    path("settlement-reports/<uuid:report_id>/lines/", api.ReportLinesView.as_view(), name="report-lines"),
    path("settlement-reports/<uuid:report_id>/changes/", api.ReportChangesView.as_view(), name="report-changes"),
    path("payouts/", api.PayoutsView.as_view(), name="payouts"),
    path("payouts/<uuid:payout_id>/", api.PayoutView.as_view(), name="payout"),
]
