"""Pages of locations and channels."""

from django.urls import path

from merchant.sales_channels import place_views

app_name = "place_pages"
urlpatterns = [
    path("settings/locations/", place_views.PlaceListView.as_view(), name="place-list"),
    path("settings/locations/new/", place_views.NewStoreView.as_view(), name="store-create"),
    path("settings/locations/<uuid:store_id>/", place_views.StoreView.as_view(), name="store-detail"),
    path("settings/locations/<uuid:store_id>/tills/", place_views.NewTillView.as_view(), name="till-create"),
]
