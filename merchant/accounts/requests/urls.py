"""Pages for developers."""

from django.urls import path

from merchant.accounts.requests import views

app_name = "developer_pages"
urlpatterns = [
    path("developers/", views.DevelopersView.as_view(), name="overview"),
    path("developers/requests/", views.RequestLogView.as_view(), name="request-list"),
    path("developers/events/", views.EventListView.as_view(), name="event-list"),
]
