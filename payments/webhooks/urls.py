"""Addresses that processors call."""

from django.urls import path

from payments.webhooks import views

urlpatterns = [path("<slug:gateway>/<uuid:account_id>/", views.receive, name="webhook-receive")]
