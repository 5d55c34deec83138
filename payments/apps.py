"""The Django app `payments`."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers what the slices of `payments` bring to the relay."""

    name = "payments"

    def ready(self) -> None:
        """Tell the relay what there is to pump, the jobs which kinds there are, and the outbox who listens."""
        from merchant.core.outbox.relay import pump
        from payments import tasks  # noqa: F401
        from payments.processing import sending
        from payments.reconciliation import handlers as reconciliation
        from payments.webhooks import services as webhooks

        # 6: that many gateway calls wait at once; one slow gateway must not hold up the others for long.
        pump("operations", sending.send_due, threads=6)
        pump("look-ups", sending.look_up_due, threads=2)
        reconciliation.register()
        pump("inbound-webhooks", webhooks.process_inbound)
