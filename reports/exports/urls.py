"""Pages of exports."""

from django.urls import path

from reports.exports import accounting_views, schedule_views, views

app_name = "export_pages"
urlpatterns = [
    path("accounting/", accounting_views.AccountingView.as_view(), name="accounting"),
    path("accounting/files/<uuid:journal_file_id>/", accounting_views.JournalFileView.as_view(), name="journal-file"),
    path("exports/", views.ExportListView.as_view(), name="export-list"),
    path("exports/new/", views.NewExportView.as_view(), name="export-create"),
    path("exports/schedules/", schedule_views.ScheduleListView.as_view(), name="schedule-list"),
    path("exports/schedules/new/", schedule_views.NewScheduleView.as_view(), name="schedule-create"),
    path("exports/schedules/<uuid:schedule_id>/stop/", schedule_views.StopScheduleView.as_view(), name="schedule-stop"),
    path("exports/<uuid:export_id>/row/", views.ExportRowView.as_view(), name="export-row"),
    path("exports/<uuid:export_id>/file/", views.ExportFileView.as_view(), name="export-download"),
]
