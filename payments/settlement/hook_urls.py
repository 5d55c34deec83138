"""Addresses that processors call when a report is ready, below /webhooks/."""

from django.urls import path

from payments.settlement import hook_views

urlpatterns = [path("reports/<uuid:account_id>/", hook_views.receive, name="report-notice-receive")]
