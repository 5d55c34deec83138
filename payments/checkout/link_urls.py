"""Staff pages of payment links."""

from django.urls import path

from payments.checkout import link_views, phone_link_views

app_name = "link_pages"
urlpatterns = [
    path("payment-links/", link_views.LinkListView.as_view(), name="link-list"),
    path("payment-links/new/", link_views.NewLinkView.as_view(), name="link-create"),
    path("payment-links/<uuid:link_id>/", link_views.LinkView.as_view(), name="link-detail"),
    path("payment-links/<uuid:link_id>/withdraw/", link_views.WithdrawView.as_view(), name="link-withdraw"),
    path("orders/new/", phone_link_views.NewPhoneOrderView.as_view(), name="phone-order-create"),
    path("orders/<uuid:order_id>/link/", link_views.OrderLinkView.as_view(), name="order-link-create"),
]
