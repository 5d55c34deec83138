"""REST addresses of checkouts and links."""

from django.urls import path

from payments.checkout import api

app_name = "checkout-api"
urlpatterns = [
    path("delivery-methods/", api.DeliveryMethodListView.as_view(), name="delivery-method-list"),
    path("checkouts/", api.CheckoutListView.as_view(), name="checkout-create"),
    path("checkouts/<uuid:checkout_id>/", api.CheckoutView.as_view(), name="checkout"),
    path(
        "checkouts/<uuid:checkout_id>/payments/", api.CheckoutPaymentListView.as_view(), name="checkout-payment-create"
    ),
    path("payment-links/", api.PaymentLinkListView.as_view(), name="links"),
    path("payment-links/<uuid:link_id>/", api.PaymentLinkView.as_view(), name="link"),
    path("payment-links/<uuid:link_id>/revoke/", api.PaymentLinkRevokeView.as_view(), name="link-revoke"),
    path("payment-links/<uuid:link_id>/qr.svg", api.PaymentLinkQrView.as_view(), {"kind": "svg"}, name="link-qr-svg"),
    path("payment-links/<uuid:link_id>/qr.png", api.PaymentLinkQrView.as_view(), {"kind": "png"}, name="link-qr-png"),
]
