"""Pages of the day's close."""

from django.urls import path

from terminals.pos.shifts import list_views, tablet_views, till_views, views

app_name = "shift_pages"
urlpatterns = [
    path("day-close/", list_views.DayCloseView.as_view(), name="day-close"),
    path("day-close/open/", views.ShiftOpenView.as_view(), name="shift-open"),
    path("day-close/deposits/new/", list_views.DepositCreateView.as_view(), name="deposit-create"),
    path("day-close/tills/<uuid:register_id>/", till_views.TillView.as_view(), name="till"),
    path("day-close/tills/<uuid:register_id>/rules/", till_views.TillRulesView.as_view(), name="till-rules"),
    path("day-close/tills/<uuid:register_id>/training/", till_views.TillTrainingView.as_view(), name="till-training"),
    path(
        "day-close/tills/<uuid:register_id>/pairing-codes/",
        tablet_views.TillPairingCodeView.as_view(),
        name="till-pairing-code-create",
    ),
    path("day-close/tills/<uuid:register_id>/tablets/", tablet_views.TillTabletsView.as_view(), name="till-tablets"),
    path(
        "day-close/tills/<uuid:register_id>/tablets/<uuid:device_id>/revoke/",
        tablet_views.TabletRevokeView.as_view(),
        name="tablet-revoke",
    ),
    path("settings/tablets/", tablet_views.TabletListView.as_view(), name="tablet-list"),
    path("day-close/shifts/<uuid:shift_id>/", views.ShiftDetailView.as_view(), name="shift-detail"),
    path("day-close/shifts/<uuid:shift_id>/count/", views.ShiftCountView.as_view(), name="shift-count"),
    path("day-close/shifts/<uuid:shift_id>/close/", views.ShiftCloseView.as_view(), name="shift-close"),
    path("day-close/shifts/<uuid:shift_id>/hand-over/", views.ShiftHandOverView.as_view(), name="shift-hand-over"),
    path("day-close/shifts/<uuid:shift_id>/movements/", views.MovementCreateView.as_view(), name="movement-create"),
    path("day-close/closings/<uuid:closing_id>/", list_views.ClosingDetailView.as_view(), name="closing-detail"),
    path(
        "day-close/closings/<uuid:closing_id>/z.html",
        list_views.ClosingFileView.as_view(),
        {"format_": "html"},
        name="closing-html",
    ),
    path(
        "day-close/closings/<uuid:closing_id>/z.pdf",
        list_views.ClosingFileView.as_view(),
        {"format_": "pdf"},
        name="closing-pdf",
    ),
    path(
        "day-close/closings/<uuid:closing_id>/z.escpos",
        list_views.ClosingFileView.as_view(),
        {"format_": "escpos"},
        name="closing-escpos",
    ),
]
