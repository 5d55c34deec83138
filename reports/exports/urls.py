"""Pages of exports."""

from django.urls import path

from reports.exports import views

app_name = "export_pages"
urlpatterns = [
    path("exports/", views.ExportListView.as_view(), name="export-list"),
    path("exports/new/", views.NewExportView.as_view(), name="export-create"),
    path("exports/<uuid:export_id>/row/", views.ExportRowView.as_view(), name="export-row"),
    path("exports/<uuid:export_id>/file/", views.ExportFileView.as_view(), name="export-download"),
]
