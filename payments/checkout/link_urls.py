"""Staff pages of payment links, signs and delivery."""

from django.urls import path

from payments.checkout import delivery_views, link_views, phone_link_views, sign_views

app_name = "link_pages"
urlpatterns = [
    path("payment-links/", link_views.LinkListView.as_view(), name="link-list"),
    path("payment-links/new/", link_views.NewLinkView.as_view(), name="link-create"),
    path("payment-links/<uuid:link_id>/", link_views.LinkView.as_view(), name="link-detail"),
    path("payment-links/<uuid:link_id>/withdraw/", link_views.WithdrawView.as_view(), name="link-withdraw"),
    path("orders/new/", phone_link_views.NewPhoneOrderView.as_view(), name="phone-order-create"),
    path("orders/<uuid:order_id>/link/", link_views.OrderLinkView.as_view(), name="order-link-create"),
    path("signs/", sign_views.SignListView.as_view(), name="sign-list"),
    path("signs/new/", sign_views.NewSignView.as_view(), name="sign-create"),
    path("signs/<uuid:sign_id>/", sign_views.SignView.as_view(), name="sign-detail"),
    path("signs/<uuid:sign_id>/end/", sign_views.EndSignView.as_view(), name="sign-end"),
    path("settings/delivery/", delivery_views.MethodListView.as_view(), name="delivery-method-list"),
    path("settings/delivery/new/", delivery_views.NewMethodView.as_view(), name="delivery-method-create"),
    path("settings/delivery/<uuid:method_id>/", delivery_views.MethodView.as_view(), name="delivery-method"),
    path("settings/delivery/<uuid:method_id>/rates/", delivery_views.MethodRatesView.as_view(), name="delivery-rates"),
]
