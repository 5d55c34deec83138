"""What staff do with a payment."""

from django.urls import path

from payments.after_sales import views

app_name = "after_sales_pages"
urlpatterns = [
    path("payments/<uuid:payment_id>/refund/", views.RefundView.as_view(), name="refund-create"),
    path("payments/<uuid:payment_id>/capture/", views.CaptureView.as_view(), name="capture-create"),
    path("payments/<uuid:payment_id>/void/", views.VoidView.as_view(), name="void-create"),
    path("payments/<uuid:payment_id>/ask/", views.AskView.as_view(), name="look-up-create"),
]
