"""Home."""

from django.urls import path

from reports.overview import views

app_name = "overview_pages"
urlpatterns = [path("", views.HomeView.as_view(), name="home")]
