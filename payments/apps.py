"""The Django app `payments`."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers what the slices of `payments` bring to the relay."""

    name = "payments"

    def ready(self) -> None:
        """Tell the relay what there is to pump, the jobs which kinds there are, and the outbox who listens."""
        from merchant.accounts.approvals.words import explain_reasons
        from merchant.core.outbox import services as outbox
        from merchant.core.outbox.relay import pump
        from merchant.core.vault.holders import holds
        from merchant.customers import services as customers
        from orders.carry_over import services as carry_over
        from payments import tasks  # noqa: F401
        from payments.after_sales import forms
        from payments.after_sales import handlers as after_sales
        from payments.after_sales import sweeps as after_sales_sweeps
        from payments.checkout import expiry, people
        from payments.checkout import handlers as checkout
        from payments.disputes import handlers as disputes
        from payments.gateways.models import GatewayAccount
        from payments.gateways.registry import secret_context
        from payments.processing import expiry as authorisations
        from payments.processing import handlers as processing
        from payments.processing import sending, storing
        from payments.reconciliation import handlers as reconciliation
        from payments.reconciliation.desk import closing
        from payments.reconciliation.models import BankAccount
        from payments.reconciliation.statements.account_services import number_context
        from payments.reconciliation.workbench import options
        from payments.records import credentials
        from payments.records import queries as records
        from payments.records.models import StoredCredential
        from payments.vouchers import expiry as voucher_expiry
        from payments.vouchers import handlers as vouchers
        from payments.webhooks import services as webhooks
        from payments.webhooks.models import InboundWebhook

        holds(GatewayAccount, "secret", context=secret_context)
        holds(StoredCredential, "secret", context=credentials.secret_context)
        holds(InboundWebhook, "token", context=webhooks.token_context)
        holds(BankAccount, "iban", context=number_context)
        # 6: that many gateway calls wait at once; one slow gateway must not hold up the others for long.
        pump("operations", sending.send_due, threads=6, is_outbound=True)
        pump("look-ups", sending.look_up_due, threads=2, is_outbound=True)
        pump("stored-cards", storing.ask_due, is_outbound=True)
        pump("inbound-webhooks", webhooks.process_inbound)
        pump("expired-checkouts", expiry.expire_all, every_seconds=expiry.ROUND_SECONDS)
        pump("expired-vouchers", voucher_expiry.expire_due, every_seconds=voucher_expiry.ROUND_SECONDS)
        pump("expired-authorisations", authorisations.expire_due, every_seconds=authorisations.ROUND_SECONDS)
        customers.on_merge(people.move_cards)
        customers.on_erasure("stored_cards", people.forget_cards)
        customers.hold_back(people.disputes_not_over)
        reconciliation.register()
        explain_reasons("refund.approve", dict(forms.REASONS))
        explain_reasons(
            "reconciliation.approve",
            {
                **{name.replace("_", " "): word for name, word in options.TITLES.items()},
                closing.DECIDED_ALONE: closing.DECIDED_ALONE_WORDS,
            },
        )
        outbox.on("order.fulfilled", vouchers.activate)
        outbox.on("payment.captured", processing.release_rest)
        disputes.register()
        carry_over.open_payment_from(lambda order_id: records.find_open_authorisation(order_id) is not None)
        pump("overdue-pickups", after_sales_sweeps.return_overdue, every_seconds=after_sales_sweeps.ROUND_SECONDS)
        for topic in ("payment.refunded", "payment.voided"):
            outbox.on(topic, after_sales.finish_cancellation)
        outbox.on("order.ready", checkout.tell_ready)
        outbox.on("order.secured", checkout.confirm_secured_order)
        outbox.on("order.refunded", checkout.confirm_refund)
        outbox.on("payment.declined", checkout.give_another_try)
        outbox.on("payment.failed", checkout.give_another_try)
