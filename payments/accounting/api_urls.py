"""REST routes of accounting, below /api/v1/."""

from django.urls import path

from payments.accounting import api

app_name = "accounting"
urlpatterns = [
    path("accounting/plan/", api.PlanView.as_view(), name="plan"),
    path("accounting/periods/", api.PeriodsView.as_view(), name="periods"),
    path("accounting/reopenings/", api.ReopeningsView.as_view(), name="reopening-create"),
    path("accounting/files/", api.JournalFilesView.as_view(), name="file-list"),
    path("accounting/files/<uuid:journal_file_id>/", api.JournalFileView.as_view(), name="file"),
]
