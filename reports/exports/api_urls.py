"""Exports over REST."""

from django.urls import path, register_converter

from reports.exports import api, schedule_api


class KindConverter:
    """A word of lower-case letters: the kind of a file."""

    regex = "[a-z_]{1,30}"

    def to_python(self, value: str) -> str:
        """Return the word."""
        return value

    def to_url(self, value: str) -> str:
        """Return the word."""
        return value


register_converter(KindConverter, "export_kind")

app_name = "exports"
urlpatterns = [
    path("exports/", api.ExportsView.as_view(), name="exports"),
    path("exports/<export_kind:kind>.csv", api.ExportStreamView.as_view(), name="export-stream"),
    path("export-schedules/", schedule_api.SchedulesView.as_view(), name="export-schedules"),
    path(
        "export-schedules/<uuid:schedule_id>/stop/",
        schedule_api.StopScheduleView.as_view(),
        name="export-schedule-stop",
    ),
    path("exports/<uuid:export_id>/", api.ExportView.as_view(), name="export-detail"),
    path("exports/<uuid:export_id>/download/", api.ExportDownloadView.as_view(), name="export-download"),
]
