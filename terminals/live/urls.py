"""The wall."""

from django.urls import path

from terminals.live import views

app_name = "live_pages"
urlpatterns = [path("terminals/", views.WallView.as_view(), name="wall")]
