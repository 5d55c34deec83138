"""
Invoices and credit notes for businesses: numbered per merchant without gaps, never changed; a credit note refers to its invoice.

An invoice bills what was agreed and not taken back. What comes back later is credited by a note of its own, the whole invoice by one for the rest; then the order
may be invoiced anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from inventory.pricing.services import PricedLine
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import rounded_share
from merchant.core.outbox import services as outbox
from merchant.merchants import vat_numbers
from merchant.merchants.models import Store
from orders.documents import services
from orders.documents.models import Document, Invoice
from orders.documents.services import Paper
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.placing.lines import priced


class InvoiceExists(AppError):
    """The order is invoiced already."""

    code = "invoice_exists"
    detail = "Order {number} has invoice {invoice}."
    next_step = "Credit that one first, if it is wrong."


class NothingToInvoice(AppError):
    """There is nothing to bill."""

    code = "nothing_to_invoice"
    detail = "Order {number} is {status}; there is nothing to invoice."


class SellerIncomplete(AppError):
    """The law wants the seller's address and VAT number on an invoice."""

    code = "seller_incomplete"
    status = 422
    detail = "The store that sells has no address or no VAT number; an invoice needs both."
    next_step = "Enter them for the store, then repeat."


class SellerWithoutVatNumber(AppError):
    """Who sells to another member state without tax is named by a VAT number there; the tax office's own number says nothing abroad."""

    code = "seller_without_vat_number"
    status = 422
    detail = "The buyer owes the tax of this invoice, in another member state, and the store that sells has a tax number but no VAT number."
    money = "No invoice was made."
    next_step = "Enter the store's VAT number, then repeat."


class NothingToCredit(AppError):
    """All of the invoice is credited."""

    code = "nothing_to_credit"
    detail = "Of invoice {invoice} nothing is left to credit."


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who is billed. `vat_number` may be empty: then it is an invoice for somebody who has none."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str = ""
    reference: str = ""


@transaction.atomic
def issue_invoice(*, order_id: UUID, buyer: Buyer, now: datetime, due_days: int = 0) -> Invoice:
    """
    Invoice an order as it stands, less what came back, and return the invoice. Locks the order; the number is taken last.

    :raises InvoiceExists: while an invoice of the order holds. :raises NothingToInvoice: for a draft, a cancelled order, or one that came back whole.
    :raises VatNumberMalformed: for a number that is none. :raises SellerIncomplete: without the seller's address and number.
    :raises SellerWithoutVatNumber: if the buyer owes the tax abroad and the seller has the tax office's number alone.
    """
    order = orders.get_order_for_update(order_id)
    if order.status not in ("open", "completed"):
        raise NothingToInvoice(number=order.number, status=order.status)
    require_none(order)
    lines = _left(order)
    if not lines:
        raise NothingToInvoice(number=order.number, status="returned")
    seller = _seller(order)
    if buyer.vat_number:
        buyer = replace(buyer, vat_number=vat_numbers.checked(buyer.vat_number, country=buyer.country))
    receipt = Document.objects.filter(order=order, kind="receipt").order_by("id").first()
    tax_minor = sum(line.tax_minor for _id, line in lines)
    is_reversed = bool(buyer.vat_number) and not tax_minor and _is_abroad(buyer, seller)
    if is_reversed and not vat_numbers.is_vat_number(seller.tax_number):
        raise SellerWithoutVatNumber()
    due = now + timedelta(days=due_days) if orders.open_minor(order) else None
    details = {
        "buyer": asdict(buyer),
        "receipt": services.number_words(receipt) if receipt else "",
        "due_date": due.date().isoformat() if due else "",
        "notes": ["reverse_charge"] if is_reversed else [],
    }
    if receipt is not None and not _has_returns(order):
        details |= {name: receipt.content.get(name, 0) for name in ("tenders", "rounding_minor")}
    return _issue("invoice", order, lines, seller, details, now)


@transaction.atomic
def credit_invoice(*, document_id: UUID, reason: str, now: datetime) -> Invoice:
    """
    Credit what is left of an invoice and return the credit note; the invoice holds no more, and the order may be invoiced anew. Locks the order.

    :raises NotFound: if there is no such invoice. :raises NothingToCredit: if it was credited before.
    """
    invoice = _lock(Invoice.objects.filter(document_id=document_id, kind="invoice").first())
    note = _credit(invoice, _uncredited(invoice), reason=reason, now=now)
    Invoice.objects.filter(id=invoice.id).update(ended_at=now)
    return note


@transaction.atomic
def credit_return(
    *, order_id: UUID, return_id: UUID, rows: Sequence[Sequence[Any]], reason: str, now: datetime
) -> Invoice | None:
    """
    Credit goods that came back of an invoiced order, once for each return; None where no invoice holds, or the invoice was made after the return. Locks the order.

    `rows` are order line, pieces, total, tax and rate, as the return keeps them.
    """
    invoice = find_invoice(order_id)
    # Ids follow time: an invoice made after the return bills only what had stayed.
    if invoice is None or invoice.id > return_id or Invoice.objects.filter(return_id=return_id).exists():
        return None
    invoice = _lock(invoice)
    left = dict(_uncredited(invoice))
    lines = []
    for line_id, quantity, total_minor, tax_minor, _rate in rows:
        line = left.get(UUID(str(line_id)))
        if line is None or line.quantity < quantity:
            raise NothingToCredit(invoice=invoice.document.number)
        lines.append((UUID(str(line_id)), _with(line, quantity, total_minor, tax_minor)))
    return _credit(invoice, lines, reason=reason, now=now, return_id=return_id)


@transaction.atomic
def credit_pieces(*, order_id: UUID, rows: Sequence[Sequence[Any]], reason: str, now: datetime) -> Invoice | None:
    """
    Credit pieces that were taken off an invoiced order; None where no invoice holds. Locks the order.

    `rows` are order line, pieces, total and tax that are no longer agreed.
    """
    invoice = find_invoice(order_id)
    if invoice is None:
        return None
    invoice = _lock(invoice)
    left = dict(_uncredited(invoice))
    lines = [(line_id, _with(left[line_id], *numbers)) for line_id, *numbers in rows if line_id in left]
    return _credit(invoice, lines, reason=reason, now=now) if lines else None


@transaction.atomic
def credit_cancelled(*, order_id: UUID, reason: str, now: datetime) -> Invoice | None:
    """Credit what is left of the invoice of an order that was cancelled, once; None where no invoice holds. Locks the order."""
    invoice = find_invoice(order_id)
    if invoice is None or not _uncredited(invoice):
        return None
    return credit_invoice(document_id=invoice.document_id, reason=reason, now=now)


def find_invoice(order_id: UUID) -> Invoice | None:
    """Return the invoice of an order that holds, None without one."""
    found: Invoice | None = (
        Invoice.objects.select_related("document").filter(order_id=order_id, kind="invoice", ended_at=None).first()
    )
    return found


def require_none(order: Order) -> None:
    """Let through an order whose price may change: no invoice of it holds. The order is locked by the caller. :raises InvoiceExists: otherwise."""
    found = find_invoice(order.id)
    if found is not None:
        raise InvoiceExists(number=order.number, invoice=found.document.number)


def _credit(
    invoice: Invoice,
    lines: Sequence[tuple[UUID, PricedLine]],
    *,
    reason: str,
    now: datetime,
    return_id: UUID | None = None,
) -> Invoice:
    if not lines:
        raise NothingToCredit(invoice=invoice.document.number)
    content = invoice.document.content
    details = {
        "buyer": content["buyer"],
        "refers_to": invoice.document.number,
        "refers_to_date": invoice.document.business_date.isoformat(),
        "reason": reason,
        "notes": content["notes"],
    }
    order = orders.get_order(invoice.order_id)
    total_minor = sum(line.total_minor for _id, line in lines)
    Invoice.objects.filter(id=invoice.id).update(credited_minor=F("credited_minor") + total_minor)
    return _issue("credit_note", order, lines, _seller(order), details, now, refers_to=invoice, return_id=return_id)


def _issue(
    kind: str,
    order: Order,
    lines: Sequence[tuple[UUID, PricedLine]],
    seller: Store,
    details: Mapping[str, Any],
    now: datetime,
    *,
    refers_to: Invoice | None = None,
    return_id: UUID | None = None,
) -> Invoice:
    """Number and store the paper: last of all, because all invoices of the merchant wait for that number."""
    total_minor = sum(line.total_minor for _id, line in lines)
    audit.record(f"{kind}.issued", subject=f"order:{order.id}", now=now, data={"total_minor": total_minor})
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    issued = services.issue(
        Paper(
            kind=kind,
            order_id=order.id,
            order_number=order.number,
            currency=order.currency,
            lines=[line for _id, line in lines],
            tenders=[],
            store=seller,
            register_id=None,
            register_name="",
            business_date=orders.business_day(order, now),
            issued_at=now,
            sign=-1 if kind == "credit_note" else 1,
            details=details,
        )
    )
    made = Invoice(
        document_id=issued.id,
        order=order,
        kind=kind,
        refers_to=refers_to,
        return_id=return_id,
        total_minor=total_minor,
        lines=[[str(line_id), line.quantity, line.total_minor, line.tax_minor] for line_id, line in lines],
    )
    made.save(force_insert=True)
    return made


def _lock(invoice: Invoice | None) -> Invoice:
    if invoice is None:
        raise NotFound()
    orders.get_order_for_update(invoice.order_id)
    found: Invoice = Invoice.objects.select_related("document").get(id=invoice.id)
    if found.ended_at is not None:
        raise NothingToCredit(invoice=found.document.number)
    return found


def _left(order: Order) -> list[tuple[UUID, PricedLine]]:
    """The order's lines, less what came back."""
    lines = []
    for row in OrderLine.objects.filter(order=order).order_by("position"):
        left = row.quantity - row.returned_quantity
        if left:
            total = row.total_minor - rounded_share(row.total_minor, row.returned_quantity, row.quantity)
            tax = row.tax_minor - rounded_share(row.tax_minor, row.returned_quantity, row.quantity)
            lines.append((row.id, _with(priced(row), left, total, tax)))
    return lines


def _uncredited(invoice: Invoice) -> list[tuple[UUID, PricedLine]]:
    """The invoice's lines, less what was credited."""
    rows = {line.id: priced(line) for line in OrderLine.objects.filter(order_id=invoice.order_id)}
    left: dict[UUID, list[int]] = {UUID(row[0]): row[1:] for row in invoice.lines}
    for note in Invoice.objects.filter(refers_to=invoice):
        for line_id, *credited in note.lines:
            key = UUID(line_id)
            left[key] = [whole - part for whole, part in zip(left[key], credited, strict=True)]
    return [(line_id, _with(rows[line_id], *numbers)) for line_id, numbers in left.items() if numbers[0]]


def _with(line: PricedLine, quantity: int, total_minor: int, tax_minor: int) -> PricedLine:
    """Some pieces of a line, at what they cost."""
    base = total_minor if line.includes_tax else total_minor - tax_minor
    return replace(
        line,
        quantity=quantity,
        total_minor=total_minor,
        tax_minor=tax_minor,
        discount_minor=line.unit_price_minor * quantity - base,
    )


def _has_returns(order: Order) -> bool:
    return OrderLine.objects.filter(order=order, returned_quantity__gt=0).exists()


def _seller(order: Order) -> Store:
    store = services.find_seller(order)
    if store is None or not store.tax_number or not store.address:
        raise SellerIncomplete()
    return store


def _is_abroad(buyer: Buyer, seller: Store) -> bool:
    return vat_numbers.is_of_another_member_state(buyer.vat_number, seller_country=seller.country)
