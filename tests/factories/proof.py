"""What stands around payments: files, payouts, exceptions, papers, terminals, messages. Bare rows, for tests of who may see them."""

from __future__ import annotations

from datetime import date

from merchant.core.clock import machine_now
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.messages.models import Message, WebhookDelivery, WebhookEndpoint
from orders.documents.models import Document
from payments.checkout.models import PaymentLink
from payments.reconciliation.models import BankAccount, Deviation, StatementFile
from payments.settlement.models import Payout, ReportFile
from reports.exports.models import ExportFile
from terminals.devices.models import Terminal
from tests.factories.merchants import a_store
from tests.factories.numbers import next_number
from tests.factories.orders import a_gateway_account, an_order

DAY = date(2026, 11, 20)


def a_terminal(merchant: Merchant) -> Terminal:
    """A terminal that is not connected."""
    store, account = a_store(merchant), a_gateway_account(merchant)
    with acting_for(merchant.id):
        return Terminal.objects.create(
            store=store, gateway_account=account, name="Altona 1", serial_number=f"SN{next_number()}"
        )


def a_report(merchant: Merchant) -> ReportFile:
    """A settlement report that was received."""
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        return ReportFile.objects.create(
            gateway_account=account,
            name="report.csv",
            sha256=f"{next_number():064d}",
            size_bytes=1,
            received_at=machine_now(),
        )


def a_payout(merchant: Merchant) -> Payout:
    """A payout that was announced."""
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        return Payout.objects.create(
            gateway_account=account,
            reference=f"po_{next_number()}",
            currency="EUR",
            amount_minor=100,
            announced_on=DAY,
            expected_on=DAY,
        )


def a_statement(merchant: Merchant) -> StatementFile:
    """A bank statement that was received."""
    with acting_for(merchant.id):
        account = BankAccount.objects.create(name="Main", currency="EUR", iban=b"sealed", hint="0001")
        return StatementFile.objects.create(
            bank_account=account,
            name="statement.xml",
            sha256=f"{next_number():064d}",
            size_bytes=1,
            received_at=machine_now(),
        )


def a_reconciliation_run(merchant: Merchant) -> Job:
    """A run that waits."""
    with acting_for(merchant.id):
        return jobs.enqueue("reconciliation.run", dedup_key=f"test:{next_number()}")


def an_exception(merchant: Merchant) -> Deviation:
    """Ten cents missing."""
    with acting_for(merchant.id):
        return Deviation.objects.create(
            kind="amount",
            dedup_key=f"test:{next_number()}",
            reference="REF",
            amount_minor=-10,
            currency="EUR",
            cause="Settled short.",
            business_date=DAY,
            found_at=machine_now(),
        )


def a_document(merchant: Merchant) -> Document:
    """A receipt."""
    order = an_order(merchant)
    with acting_for(merchant.id):
        return Document.objects.create(
            kind="receipt",
            series="receipt",
            number=next_number(),
            order=order,
            business_date=DAY,
            issued_at=machine_now(),
            total_minor=5000,
            currency="EUR",
            content={},
            access_token=f"token{next_number()}",
        )


def an_export(merchant: Merchant) -> ExportFile:
    """An export that was asked for."""
    with acting_for(merchant.id):
        return ExportFile.objects.create(
            kind="payments", name="payments.csv", job_id=new_id(), actor_name="Mara", requested_at=machine_now()
        )


def an_endpoint(merchant: Merchant) -> WebhookEndpoint:
    """Where the merchant wants to hear of events."""
    with acting_for(merchant.id):
        return WebhookEndpoint.objects.create(
            url="https://shop.example/hooks", secret=b"sealed", created_at=machine_now()
        )


def a_delivery(merchant: Merchant) -> WebhookDelivery:
    """An event on its way."""
    endpoint = an_endpoint(merchant)
    with acting_for(merchant.id):
        return WebhookDelivery.objects.create(
            endpoint=endpoint,
            event_id=new_id(),
            topic="order.paid",
            body="{}",
            next_at=machine_now(),
            created_at=machine_now(),
        )


def a_message(merchant: Merchant) -> Message:
    """A mail on its way."""
    with acting_for(merchant.id):
        return Message.objects.create(
            kind="order_confirmation",
            dedup_key=f"test:{next_number()}",
            recipient="lea@example.com",
            subject="Thanks",
            body_text="Thanks",
            about="order:1",
            next_at=machine_now(),
            created_at=machine_now(),
        )


def a_link(merchant: Merchant) -> PaymentLink:
    """A payment link."""
    order = an_order(merchant)
    with acting_for(merchant.id):
        return PaymentLink.objects.create(
            kind="link", token=f"token{next_number()}", order=order, expires_at=machine_now(), created_at=machine_now()
        )
