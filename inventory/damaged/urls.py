"""Pages of damaged goods."""

from django.urls import path

from inventory.damaged import views

app_name = "damaged_pages"
urlpatterns = [
    path("stock/damaged/", views.DamagedListView.as_view(), name="damaged-list"),
    path("stock/damaged/<uuid:damaged_id>/write-off/", views.WriteOffView.as_view(), name="damaged-write-off"),
    path("stock/damaged/<uuid:damaged_id>/back/", views.PutBackView.as_view(), name="damaged-back"),
]
