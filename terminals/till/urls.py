"""The till's page and the two files a browser needs to install it."""

from django.urls import path

from terminals.till import views

app_name = "till"
urlpatterns = [
    path("till/", views.TillPageView.as_view(), name="page"),
    path("till/manifest.webmanifest", views.ManifestView.as_view(), name="manifest"),
    path("till/worker.js", views.WorkerView.as_view(), name="worker"),
]
