"""Terminals, files, documents, messages and findings as bare rows, for tests of who may see them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from inventory.pricing.services import line_of
from merchant.core.clock import machine_now
from merchant.core.ids import new_id
from merchant.core.jobs.models import Job
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.customers.models import Customer
from merchant.ledger import rates
from merchant.ledger import services as ledger
from merchant.ledger.models import ExchangeRate
from merchant.ledger.recipes import between
from merchant.merchants.models import Merchant
from merchant.messages.models import Message, WebhookDelivery, WebhookEndpoint
from orders.documents.models import Document
from orders.documents.services import Paper, Tender, issue
from payments.accounting.models import JournalExport
from payments.checkout.models import PaymentLink
from payments.fees.models import FeeContract
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.models import BankAccount, Deviation, Match, StatementFile, StatementLine
from payments.records.models import StoredCredential
from payments.settlement.formats.mapping import MappingSpec
from payments.settlement.models import ColumnMapping, Payout, ReportFile, UnknownFile
from payments.vouchers import services as vouchers
from payments.vouchers.models import OfflineRedemption, Voucher
from payments.webhooks.models import InboundWebhook
from reports.exports import schedules
from reports.exports.models import ExportFile, ExportSchedule
from reports.exports.schedules import Wish
from reports.exports.services import ExportOrder
from terminals.devices.models import Terminal
from tests.factories.merchants import FOUNDED_AT, a_register, a_store
from tests.factories.numbers import next_number
from tests.factories.orders import a_gateway_account, a_payment, an_operation, an_order
from tests.factories.settled import a_fee_contract

DAY = date(2026, 1, 2)


def a_terminal(merchant: Merchant) -> Terminal:
    """A terminal that was not paired yet."""
    store, account = a_store(merchant), a_gateway_account(merchant)
    with acting_for(merchant.id):
        return Terminal.objects.create(
            store=store, gateway_account=account, name="Counter", serial_number=f"SN{next_number()}"
        )


def a_report_file(merchant: Merchant) -> ReportFile:
    """A settlement report that has arrived."""
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        return ReportFile.objects.create(
            gateway_account=account,
            name="report.csv",
            sha256=f"{next_number():064}",
            size_bytes=1,
            received_at=FOUNDED_AT,
        )


def a_payout(merchant: Merchant) -> Payout:
    """A payout that is expected."""
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        return Payout.objects.create(
            gateway_account=account,
            reference=f"PO{next_number()}",
            currency="EUR",
            amount_minor=1000,
            announced_on=DAY,
            expected_on=DAY,
        )


def an_agreed_contract(merchant: Merchant) -> FeeContract:
    """A fee contract that is not in force yet."""
    return a_fee_contract(a_gateway_account(merchant), valid_from=date(2030, 1, 1))


def a_bank_line(merchant: Merchant) -> StatementLine:
    """A line of a bank statement that nothing explains."""
    file = a_statement_file(merchant)
    with acting_for(merchant.id):
        return StatementLine.objects.create(
            statement=file,
            bank_account_id=file.bank_account_id,
            line_key=f"line-{next_number()}",
            amount_minor=1000,
            currency="EUR",
            booked_on=DAY,
        )


def a_statement_file(merchant: Merchant) -> StatementFile:
    """A bank statement that has arrived."""
    with acting_for(merchant.id):
        account = BankAccount.objects.create(name="Main", currency="EUR", iban=b"", hint="3000")
        return StatementFile.objects.create(
            bank_account=account, name="s.xml", sha256=f"{next_number():064}", size_bytes=1, received_at=FOUNDED_AT
        )


def a_column_mapping(merchant: Merchant) -> ColumnMapping:
    """A saved mapping of a bank's columns."""
    columns = {"booked_on": "Date", "amount": "Amount"}
    spec = MappingSpec.from_json({"side": "statement", "currency": "EUR", "columns": columns})
    with acting_for(merchant.id):
        return ColumnMapping.objects.create(
            side=spec.side, name=f"Bank {next_number()}", version=1, spec=spec.as_json(), signature="0" * 64,
            header=["Date", "Amount"], created_at=FOUNDED_AT,
        )  # fmt: skip


def an_unknown_file(merchant: Merchant) -> UnknownFile:
    """A file that waits for its columns."""
    with acting_for(merchant.id):
        account = BankAccount.objects.create(name="Main", currency="EUR", iban=b"", hint="3000")
        return UnknownFile.objects.create(
            side="statement", account_id=account.id, name="b.csv", sha256=f"{next_number():064}", received_at=FOUNDED_AT
        )


def a_deviation(merchant: Merchant) -> Deviation:
    """Something reconciliation could not explain."""
    with acting_for(merchant.id):
        return Deviation.objects.create(
            kind="missing_payout",
            dedup_key=f"test:{next_number()}",
            reference="PO1",
            amount_minor=1000,
            currency="EUR",
            cause="It did not arrive.",
            business_date=DAY,
            found_at=FOUNDED_AT,
        )


def a_selection(merchant: Merchant) -> Decision:
    """A decision about several exceptions: the first of it has the selection's id."""
    deviation = a_deviation(merchant)
    key = new_id()
    with acting_for(merchant.id):
        return Decision.objects.create(
            id=key,
            selection_id=key,
            deviation=deviation,
            way="note",
            amount_minor=deviation.amount_minor,
            currency=deviation.currency,
            note="",
            decided_by="Mara",
            decided_by_key="staff:1",
            decided_at=FOUNDED_AT,
        )


def a_match(merchant: Merchant) -> Match:
    """A report row that found its operation."""
    operation = an_operation(merchant)
    line_id = new_id()
    with acting_for(merchant.id):
        return Match.objects.create(
            id=line_id,
            rule="operation_reference",
            settlement_line_id=line_id,
            operation_id=operation.id,
            amount_minor=1000,
            currency="EUR",
            matched_at=FOUNDED_AT,
        )


def a_job(merchant: Merchant, *, kind: str = "reconciliation.run") -> Job:
    """Long work that waits."""
    with acting_for(merchant.id):
        return Job.objects.create(
            kind=kind, dedup_key=f"test:{next_number()}", run_at=FOUNDED_AT, created_at=FOUNDED_AT
        )


def a_document(merchant: Merchant) -> Document:
    """A receipt that can be printed."""
    order = an_order(merchant)
    line = line_of(kind="product", name="Mug", unit_price_minor=1000, quantity=1, rate_basis_points=1900)
    with acting_for(merchant.id):
        issued = issue(
            Paper(
                kind="receipt",
                order_id=order.id,
                order_number=order.number,
                currency="EUR",
                lines=[line],
                tenders=[Tender("cash", 1000, tendered_minor=1000, change_minor=0)],
                store=None,
                register_id=None,
                register_name="",
                business_date=DAY,
                issued_at=FOUNDED_AT,
            )
        )
        return Document.objects.get(id=issued.id)


def an_export_file(merchant: Merchant) -> ExportFile:
    """An export that was asked for."""
    job = a_job(merchant, kind="exports.make")
    with acting_for(merchant.id):
        return ExportFile.objects.create(
            kind="payments",
            name="payments.csv",
            job_id=job.id,
            filters={"params": {}, "stores": None},
            actor_name="Mara",
            requested_at=FOUNDED_AT,
        )


def a_journal_file(merchant: Merchant) -> JournalExport:
    """A journal file of November."""
    with acting_for(merchant.id):
        return JournalExport.objects.create(
            format="datev",
            date_from=date(2026, 11, 1),
            date_to=date(2026, 11, 30),
            detail="journals",
            plan_number=0,
            head={},
            days={},
            journal_count=0,
            posting_count=0,
            debit_minor=0,
            currency="EUR",
            sha256="0" * 64,
            actor_name="Mara",
            made_at=FOUNDED_AT,
        )


def a_webhook_endpoint(merchant: Merchant) -> WebhookEndpoint:
    """Where a shop wants its events."""
    with acting_for(merchant.id):
        endpoint = WebhookEndpoint(url="https://shop.example/hook", created_at=FOUNDED_AT)
        endpoint.secret = vault.seal("whsec_c2VjcmV0", context=f"webhook_endpoint:{endpoint.id}:secret")
        endpoint.save(force_insert=True)
        return endpoint


def a_webhook_delivery(merchant: Merchant) -> WebhookDelivery:
    """An event on its way to a shop."""
    endpoint = a_webhook_endpoint(merchant)
    with acting_for(merchant.id):
        return WebhookDelivery.objects.create(
            endpoint=endpoint,
            event_id=uuid4(),
            topic="order.paid",
            body="{}",
            next_at=FOUNDED_AT,
            created_at=FOUNDED_AT,
        )


def a_parked_event(merchant: Merchant, **changes: Any) -> InboundWebhook:
    """An event of a processor about a payment that nobody knows, tried three times."""
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        return InboundWebhook.objects.create(
            **{
                "gateway_account": account,
                "external_id": f"evt_{next_number()}",
                "topic": "payment.captured",
                "body": {
                    "event": {
                        "id": "evt_1",
                        "data": {"status": "captured", "amount_minor": 2500, "holder": "Kim Berg"},
                    },
                    "reference": "NOBODYS",
                    "outcome": None,
                },
                "received_at": machine_now() - timedelta(minutes=5),
                "attempts": 3,
                "last_error": "no operation NOBODYS here yet",
            }
            | changes
        )


def a_message(merchant: Merchant) -> Message:
    """A mail on its way."""
    with acting_for(merchant.id):
        return Message.objects.create(
            kind="order_confirmation",
            dedup_key=f"test:{next_number()}",
            recipient="kim@example.com",
            subject="Your order",
            body_text="Thank you.",
            about="order:1",
            next_at=FOUNDED_AT,
            created_at=FOUNDED_AT,
        )


def a_checkout(merchant: Merchant) -> PaymentLink:
    """A checkout's page."""
    return a_link(merchant, kind="checkout")


def a_link(merchant: Merchant, *, kind: str = "link") -> PaymentLink:
    """A payment link."""
    order = an_order(merchant)
    with acting_for(merchant.id):
        return PaymentLink.objects.create(
            kind=kind, token=f"token{next_number()}", order=order, expires_at=FOUNDED_AT, created_at=FOUNDED_AT
        )


def a_voucher(merchant: Merchant, *, minor: int = 5000) -> Voucher:
    """A gift card whose money lies in the safe."""
    now, source = machine_now(), f"opening:{next_number()}"
    with acting_for(merchant.id):
        voucher, _code = vouchers.issue(amount=Money(minor, "EUR"), source=source, now=now)
        legs = between(debit=("cash_safe", ""), credit=("voucher_liability", ""), minor=minor, currency="EUR")
        ledger.post(recipe="opening", source=source, about="opening", legs=legs, business_date=now.date(), now=now)
        return voucher


def an_exchange_rate(merchant: Merchant) -> ExchangeRate:
    """What a Swiss franc is worth."""
    with acting_for(merchant.id):
        return rates.add_rate(
            currency="CHF",
            base_per_unit=Decimal("1.05"),
            valid_from=FOUNDED_AT.date() + timedelta(days=next_number()),
            now=FOUNDED_AT,
        )


def a_stored_card(merchant: Merchant, **changes: Any) -> StoredCredential:
    """A card that a customer left with the gateway."""
    operation = an_operation(merchant)
    with acting_for(merchant.id):
        credential = StoredCredential(
            **{
                "customer": Customer.objects.create(name="Kim", created_at=machine_now()),
                "gateway_account": operation.gateway_account,
                "first_operation": operation,
                "consent_text": "Keep my card for the monthly box.",
                "consented_at": machine_now(),
                "network_reference": "ntx_1",
                "sca_evidence": {"method": "challenge", "result": "authenticated"},
                "created_at": machine_now(),
            }
            | changes
        )
        credential.secret = vault.seal("stk_1", context=f"stored_credential:{credential.id}:secret")
        credential.save(force_insert=True)
        return credential


def a_redemption(merchant: Merchant) -> OfflineRedemption:
    """A gift card that a till took offline and nobody knows."""
    payment, store = a_payment(merchant), a_store(merchant)
    with acting_for(merchant.id):
        return OfflineRedemption.objects.create(
            payment_id=payment.id,
            order_id=payment.order_id,
            store_id=store.id,
            register_id=a_register(store).id,
            code_hash="x",
            hint="ABCD",
            currency="EUR",
            amount_minor=100,
            why="unknown_card",
            taken_at=FOUNDED_AT,
        )


def an_export_schedule(merchant: Merchant, **changes: Any) -> ExportSchedule:
    """Payments of every day, kept here."""
    wish = {"period": "day", "delivery": "keep", "name": f"Schedule {next_number()}"} | changes
    with acting_for(merchant.id):
        return schedules.create_schedule(Wish(order=ExportOrder("payments", {}), **wish), now=FOUNDED_AT)
