"""The page of the brand, and its public files."""

from django.urls import path

from merchant.branding import views

app_name = "brand"
urlpatterns = [
    path("settings/brand/", views.BrandSettingsView.as_view(), name="settings"),
    path("settings/brand/preview/", views.BrandPreviewView.as_view(), name="look"),
    path("brand/<uuid:brand_id>/<int:version>/accent.css", views.stylesheet, name="stylesheet"),
    path("brand/preview/<str:accent>.css", views.preview_stylesheet, name="preview"),
    path("brand/<uuid:brand_id>/<int:version>/logo.png", views.logo, name="logo"),
]
