"""REST routes of shifts, Zs and deposits."""

from django.urls import path

from terminals.pos.shifts import api, drawer_api, report_api

app_name = "shifts"
urlpatterns = [
    path("till/shift/", api.CurrentShiftView.as_view(), name="current-shift"),
    path("till/cashiers/", api.CashiersView.as_view(), name="cashier-list"),
    path("shifts/", api.ShiftsView.as_view(), name="shifts"),
    path("shifts/<uuid:shift_id>/", api.ShiftView.as_view(), name="shift"),
    path("shifts/<uuid:shift_id>/movements/", api.MovementsView.as_view(), name="movements"),
    path("shifts/<uuid:shift_id>/counts/", api.CountsView.as_view(), name="count-create"),
    path("shifts/<uuid:shift_id>/hand-overs/", api.HandOversView.as_view(), name="hand-over-create"),
    path("shifts/<uuid:shift_id>/closings/", api.ShiftClosingsView.as_view(), name="shift-close"),
    path("shifts/<uuid:shift_id>/x-report/", report_api.XReportView.as_view(), name="x-report"),
    path("shifts/<uuid:shift_id>/x.html", report_api.XReportFileView.as_view(), {"format_": "html"}, name="x-html"),
    path("shifts/<uuid:shift_id>/x.pdf", report_api.XReportFileView.as_view(), {"format_": "pdf"}, name="x-pdf"),
    path(
        "shifts/<uuid:shift_id>/x.escpos", report_api.XReportFileView.as_view(), {"format_": "escpos"}, name="x-escpos"
    ),
    path("closings/", report_api.ClosingsView.as_view(), name="closings"),
    path("closings/<uuid:closing_id>/", report_api.ClosingView.as_view(), name="closing"),
    path("closings/<uuid:closing_id>/z.html", report_api.ClosingFileView.as_view(), {"format_": "html"}, name="z-html"),
    path("closings/<uuid:closing_id>/z.pdf", report_api.ClosingFileView.as_view(), {"format_": "pdf"}, name="z-pdf"),
    path(
        "closings/<uuid:closing_id>/z.escpos",
        report_api.ClosingFileView.as_view(),
        {"format_": "escpos"},
        name="z-escpos",
    ),
    path("registers/<uuid:register_id>/drawer/", drawer_api.DrawerView.as_view(), name="drawer"),
    path("registers/<uuid:register_id>/training/", drawer_api.TrainingView.as_view(), name="training-switch"),
    path("deposits/", drawer_api.DepositsView.as_view(), name="deposits"),
]
