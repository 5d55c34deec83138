"""Pages of what can be set."""

from django.urls import path

from merchant.merchants import settings_views

app_name = "settings_pages"
urlpatterns = [path("settings/", settings_views.SettingsHubView.as_view(), name="hub")]
