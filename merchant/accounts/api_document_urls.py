"""The API's own description, below /api/v1/. Without a namespace: it is nobody's feature."""

from django.urls import path

from merchant.accounts import api_document_views as views

urlpatterns = [
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/", views.DocsView.as_view(), name="docs"),
    path("docs/<slug:slug>/", views.FeatureDocsView.as_view(), name="docs-feature"),
]
