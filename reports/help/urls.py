"""Guides for staff."""

from django.urls import path

from reports.help import views

app_name = "help_pages"
urlpatterns = [
    path("help/", views.GuideListView.as_view(), name="guide-list"),
    path("help/<slug:slug>/", views.GuideView.as_view(), name="guide"),
]
