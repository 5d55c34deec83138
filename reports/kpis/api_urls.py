"""Reports over REST."""

from django.urls import path

from reports.kpis import api

app_name = "kpis"
urlpatterns = [
    path("reports/bridge/", api.BridgeView.as_view(), name="report-bridge"),
    path("reports/<slug:kind>/", api.ReportView.as_view(), name="report"),
]
