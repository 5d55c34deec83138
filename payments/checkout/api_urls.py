"""REST addresses of checkouts and links."""

from django.urls import path

from payments.checkout import api, delivery_api, qr_api, stored_card_api

app_name = "checkout-api"
urlpatterns = [
    path("delivery-methods/", api.DeliveryMethodListView.as_view(), name="delivery-method-list"),
    path("delivery-methods/set/", delivery_api.DeliveryMethodSetView.as_view(), name="delivery-method-set"),
    path(
        "delivery-methods/<uuid:method_id>/rates/", delivery_api.DeliveryRatesView.as_view(), name="delivery-rates-set"
    ),
    path("carts/<uuid:order_id>/checkout/", qr_api.CartCheckoutView.as_view(), name="cart-checkout-create"),
    path("signs/", qr_api.SignsView.as_view(), name="signs"),
    path("signs/<uuid:sign_id>/end/", qr_api.SignEndView.as_view(), name="sign-end"),
    path("signs/<uuid:sign_id>/qr.svg", qr_api.SignQrView.as_view(), {"kind": "svg"}, name="sign-qr-svg"),
    path("signs/<uuid:sign_id>/qr.png", qr_api.SignQrView.as_view(), {"kind": "png"}, name="sign-qr-png"),
    path("payees/", qr_api.PayeesView.as_view(), name="payees"),
    *(
        path(
            f"orders/<uuid:order_id>/{scheme}.{kind}",
            qr_api.OrderQrView.as_view(),
            {"scheme": scheme, "kind": kind},
            name=f"order-{scheme}-{kind}",
        )
        for scheme in ("epc", "swish")
        for kind in ("svg", "png", "txt")
    ),
    path("checkouts/", api.CheckoutListView.as_view(), name="checkout-create"),
    path("checkouts/<uuid:checkout_id>/", api.CheckoutView.as_view(), name="checkout"),
    path(
        "checkouts/<uuid:checkout_id>/payments/", api.CheckoutPaymentListView.as_view(), name="checkout-payment-create"
    ),
    path("stored-cards/", stored_card_api.StoredCardsView.as_view(), name="stored-cards"),
    path("stored-cards/<uuid:credential_id>/", stored_card_api.StoredCardView.as_view(), name="stored-card"),
    path(
        "stored-cards/<uuid:credential_id>/revoke/",
        stored_card_api.StoredCardRevokeView.as_view(),
        name="stored-card-revoke",
    ),
    path("payment-links/", api.PaymentLinkListView.as_view(), name="links"),
    path("payment-links/<uuid:link_id>/", api.PaymentLinkView.as_view(), name="link"),
    path("payment-links/<uuid:link_id>/revoke/", api.PaymentLinkRevokeView.as_view(), name="link-revoke"),
    path("payment-links/<uuid:link_id>/qr.svg", api.PaymentLinkQrView.as_view(), {"kind": "svg"}, name="link-qr-svg"),
    path("payment-links/<uuid:link_id>/qr.png", api.PaymentLinkQrView.as_view(), {"kind": "png"}, name="link-qr-png"),
]
