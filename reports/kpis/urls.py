"""Pages of reports."""

from django.urls import path

from reports.kpis import indicator_views, views

app_name = "report_pages"
urlpatterns = [
    path("reports/", views.ReportListView.as_view(), name="report-list"),
    path("reports/kpis/", indicator_views.IndicatorView.as_view(), name="report-indicators"),
    path("reports/bridge/", views.BridgeView.as_view(), name="report-bridge"),
    path("reports/<slug:kind>/", views.ReportView.as_view(), name="report-detail"),
]
