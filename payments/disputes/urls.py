"""Pages of disputes."""

from django.urls import path

from payments.disputes import views

app_name = "dispute_pages"
urlpatterns = [
    path("disputes/", views.DisputeListView.as_view(), name="dispute-list"),
    path("disputes/<uuid:dispute_id>/", views.DisputeDetailView.as_view(), name="dispute-detail"),
    path("disputes/<uuid:dispute_id>/evidence/", views.EvidenceView.as_view(), name="evidence-create"),
    path("disputes/<uuid:dispute_id>/acceptance/", views.AcceptanceView.as_view(), name="acceptance-create"),
    path("disputes/<uuid:dispute_id>/resend/", views.ResendView.as_view(), name="answer-resend"),
    path("disputes/<uuid:dispute_id>/outcome/", views.OutcomeView.as_view(), name="outcome-create"),
    path("disputes/<uuid:dispute_id>/files/", views.FileCreateView.as_view(), name="file-create"),
    path("disputes/<uuid:dispute_id>/files/<uuid:file_id>/", views.FileView.as_view(), name="file"),
    path("disputes/<uuid:dispute_id>/files/<uuid:file_id>/remove/", views.FileDeleteView.as_view(), name="file-delete"),
    path("payments/<uuid:payment_id>/dispute/", views.LetterView.as_view(), name="dispute-create"),
]
