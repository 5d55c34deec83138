"""REST routes of vouchers, below /api/v1/."""

from django.urls import path

from payments.vouchers import api, offline_api

app_name = "vouchers"
urlpatterns = [
    path("vouchers/", api.VouchersView.as_view(), name="vouchers"),
    path("vouchers/balance-look-ups/", api.BalanceLookUpView.as_view(), name="balance-look-up-create"),
    path("vouchers/<uuid:voucher_id>/", api.VoucherView.as_view(), name="voucher"),
    path("vouchers/<uuid:voucher_id>/blocks/", api.BlockView.as_view(), name="block-create"),
    path("vouchers/<uuid:voucher_id>/unblocks/", api.UnblockView.as_view(), name="unblock-create"),
    path(
        "offline-redemptions/<uuid:redemption_id>/retries/",
        offline_api.RetryView.as_view(),
        name="redemption-retry-create",
    ),
    path(
        "offline-redemptions/<uuid:redemption_id>/write-offs/",
        offline_api.WriteOffView.as_view(),
        name="redemption-write-off-create",
    ),
    path("orders/<uuid:order_id>/vouchers/", api.OrderVouchersView.as_view(), name="order-voucher-list"),
    *(
        path(
            f"orders/<uuid:order_id>/vouchers/<uuid:voucher_id>/card.{kind}",
            api.VoucherPaperView.as_view(),
            {"format_": kind},
            name=f"order-voucher-{kind}",
        )
        for kind in ("html", "pdf", "escpos")
    ),
]
