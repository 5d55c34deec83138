"""REST routes of disputes, below /api/v1/."""

from django.urls import path

from payments.disputes import api

app_name = "disputes"

urlpatterns = [
    path("disputes/", api.DisputesView.as_view(), name="disputes"),
    path("disputes/<uuid:dispute_id>/", api.DisputeView.as_view(), name="dispute"),
    path("disputes/<uuid:dispute_id>/files/", api.DisputeFilesView.as_view(), name="file-create"),
    path("disputes/<uuid:dispute_id>/files/<uuid:file_id>/", api.DisputeFileView.as_view(), name="file"),
    path("disputes/<uuid:dispute_id>/evidence/", api.EvidenceView.as_view(), name="evidence-create"),
    path("disputes/<uuid:dispute_id>/acceptance/", api.AcceptanceView.as_view(), name="acceptance-create"),
    path("disputes/<uuid:dispute_id>/outcome/", api.OutcomeView.as_view(), name="outcome-create"),
]
