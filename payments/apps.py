"""The Django app `payments`."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers what the slices of `payments` bring to the relay."""

    name = "payments"

    def ready(self) -> None:
        """Tell the relay what there is to pump, the jobs which kinds there are, and the outbox who listens."""
        from merchant.core.outbox import services as outbox
        from merchant.core.outbox.relay import pump
        from payments import tasks  # noqa: F401
        from payments.checkout import expiry
        from payments.checkout import handlers as checkout
        from payments.disputes import handlers as disputes
        from payments.processing import expiry as authorisations
        from payments.processing import handlers as processing
        from payments.processing import sending
        from payments.reconciliation import handlers as reconciliation
        from payments.vouchers import expiry as voucher_expiry
        from payments.vouchers import handlers as vouchers
        from payments.webhooks import services as webhooks

        # 6: that many gateway calls wait at once; one slow gateway must not hold up the others for long.
        pump("operations", sending.send_due, threads=6, is_outbound=True)
        pump("look-ups", sending.look_up_due, threads=2, is_outbound=True)
        pump("inbound-webhooks", webhooks.process_inbound)
        pump("expired-checkouts", expiry.expire_due)
        pump("expired-vouchers", voucher_expiry.expire_due)
        pump("expired-authorisations", authorisations.expire_due)
        reconciliation.register()
        outbox.on("order.fulfilled", vouchers.activate)
        outbox.on("payment.captured", processing.release_rest)
        disputes.register()
        outbox.on("order.secured", checkout.confirm_secured_order)
        outbox.on("order.refunded", checkout.confirm_refund)
        outbox.on("payment.declined", checkout.give_another_try)
        outbox.on("payment.failed", checkout.give_another_try)
