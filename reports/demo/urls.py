"""Routes of the control API, below /demo/."""

from django.urls import path

from reports.demo import api

app_name = "demo"
urlpatterns = [
    path("merchants/", api.MerchantsView.as_view(), name="merchants"),
    path("merchants/<uuid:merchant_id>/", api.MerchantView.as_view(), name="merchant"),
    path("merchants/<uuid:merchant_id>/clock/", api.ClockView.as_view(), name="clock"),
    path("merchants/<uuid:merchant_id>/run/", api.RunView.as_view(), name="run"),
    path("merchants/<uuid:merchant_id>/jobs/<uuid:job_id>/", api.JobView.as_view(), name="job"),
]
