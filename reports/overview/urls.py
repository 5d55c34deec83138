"""Home and the inbox."""

from django.urls import path

from reports.overview import inbox_views, views

app_name = "overview_pages"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("inbox/", inbox_views.InboxView.as_view(), name="inbox"),
    path("inbox/bell/", inbox_views.BellView.as_view(), name="inbox-bell"),
    path("inbox/owner/", inbox_views.OwnerView.as_view(), name="inbox-owner"),
]
