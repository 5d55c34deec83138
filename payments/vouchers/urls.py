"""Staff pages of gift cards and store credit."""

from django.urls import path

from payments.vouchers import views

app_name = "voucher_pages"
urlpatterns = [
    path("gift-cards/", views.VoucherListView.as_view(), name="voucher-list"),
    path("gift-cards/<uuid:voucher_id>/", views.VoucherView.as_view(), name="voucher-detail"),
    path("gift-cards/<uuid:voucher_id>/block/", views.BlockView.as_view(), name="block-create"),
    path("gift-cards/<uuid:voucher_id>/unblock/", views.UnblockView.as_view(), name="unblock-create"),
]
