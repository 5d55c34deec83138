"""The hot path: a paid sale in one call, a fixed number of statements whatever the basket, one transaction, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory.pricing import services as pricing
from inventory.pricing.services import Wanted
from inventory.stock import services as stock
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.cash_rounding import in_cash
from merchant.core.clock import business_date
from merchant.core.errors import AppError
from merchant.core.outbox import services as outbox
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Position, TaxedAmount, cash_rounded, goods_handed_over, money_in
from merchant.ledger.services import Entry
from orders.documents import services as documents
from orders.documents.services import IssuedDocument, Tender
from orders.fulfilment import services as fulfilment
from orders.placing import services as placing
from orders.placing.services import MadeOrder, Placement
from payments.processing import tenders
from payments.records import till
from terminals.pos import receipts


class TotalDiffers(AppError):
    """The tablet's total is not ours: its catalogue is old."""

    code = "total_differs"
    detail = "The sale comes to {total}, not {expected}."
    next_step = "Refresh the catalogue, show the customer the right total and send the sale again with a new key."


class TenderTooSmall(AppError):
    """Less cash was handed over than the sale costs."""

    code = "tender_too_small"
    status = 422
    detail = "{tendered} does not pay {total}."
    next_step = "Take the rest, or sell as an order with several tenders."


class NothingToPay(AppError):
    """The sale is free: there is no cash to take."""

    code = "nothing_to_pay"
    status = 422
    detail = "The sale comes to nothing, so there is no cash to take."
    next_step = "Begin an order with these lines and complete it."


@dataclass(frozen=True, slots=True)
class CashSale:
    """A sale as done."""

    order: MadeOrder
    payment_id: UUID
    document: IssuedDocument
    change_minor: int
    rounding_minor: int = 0


def sell_for_cash(
    *,
    register: RegisterFacts,
    channel_id: UUID,
    wanted: Sequence[Wanted],
    tendered_minor: int,
    now: datetime,
    expected_total_minor: int | None = None,
    codes: Sequence[str] = (),
    client_reference: str | None = None,
) -> CashSale:
    """
    Sell, take cash, hand over and print in the caller's transaction: stock, order, payment, journals, receipt number, audit and events together or not at all.

    Amounts are minor units of the register's currency. Where there are no small coins the total is rounded for the drawer, and the difference booked.

    :raises TotalDiffers: if the tablet expected another total.
    :raises TenderTooSmall: if `tendered_minor` does not cover it. :raises CashTooMuch: if nobody gives so much change. :raises NothingToPay: if it is free.
    :raises InsufficientStock, UnknownArticle, NoPrice, ClientReferenceUsed: nothing happened.
    """
    day = business_date(now, zone=register.zone, cutoff=register.day_cutoff)
    lines = pricing.price_basket(
        wanted=wanted,
        currency=register.currency,
        country=register.country,
        day=day,
        now=now,
        codes=codes,
        store_id=register.store_id,
        channel_id=channel_id,
    )
    total = sum(line.total_minor for line in lines)
    if expected_total_minor is not None and expected_total_minor != total:
        raise TotalDiffers(total_minor=total, expected_minor=expected_total_minor, currency=register.currency)
    if total <= 0:
        raise NothingToPay()
    rounding = in_cash(total, country=register.country, currency=register.currency) - total
    if tendered_minor < total + rounding:
        raise TenderTooSmall(tendered_minor=tendered_minor, total_minor=total + rounding, currency=register.currency)
    tenders.demand_change(tendered_minor=tendered_minor, to_pay_minor=total + rounding, currency=register.currency)
    placement = Placement(
        channel_id=channel_id,
        currency=register.currency,
        business_date=day,
        now=now,
        store_id=register.store_id,
        register_id=register.register_id,
        client_reference=client_reference,
    )
    with placing.reference_once(client_reference), db.without_waiting():
        made = placing.make_order(placement=placement, lines=lines, status="completed", is_sale=True)
        stock.take(pieces=made.stocked(), store_id=register.store_id, source=f"order:{made.id}", now=now)
        fulfilment.record_sale(made=made, placement=placement)
        payment_id, reference = till.record_cash(
            made=made, placement=placement, tendered_minor=tendered_minor, rounding_minor=rounding
        )
        ledger.post_first(_journals(made, register, reference, rounding), business_date=day, now=now)
        document = _receipt(made, placement, register, tendered_minor, rounding)
        done = {"total_minor": total, "receipt": document.number}
        audit.record("sale.completed", subject=f"order:{made.id}", now=now, data=done)
        outbox.publish_many(_events(made, placement, payment_id))
    return CashSale(made, payment_id, document, tendered_minor - total - rounding, rounding)


def _journals(made: MadeOrder, register: RegisterFacts, reference: str, rounding_minor: int) -> list[Entry]:
    goods = [TaxedAmount(line.tax_rate_basis_points, line.total_minor, line.tax_minor) for line in made.lines]
    about = f"order:{made.id}"
    handed_over = goods_handed_over(goods=goods, before=Position(0, 0), currency=register.currency)
    paid = money_in(
        to=("cash_register", str(register.register_id)),
        minor=made.total_minor,
        before=Position(made.total_minor, 0),
        currency=register.currency,
    )
    drawer = str(register.register_id)
    rounded = cash_rounded(register=drawer, minor=rounding_minor, currency=register.currency)
    return [
        Entry("goods_handed_over", f"sale:{made.id}", about, handed_over),
        Entry("money_in", f"operation:{reference}", about, paid),
        Entry("cash_rounding", f"operation:{reference}", about, rounded),
    ]


def _receipt(
    made: MadeOrder, placement: Placement, register: RegisterFacts, tendered_minor: int, rounding_minor: int
) -> IssuedDocument:
    to_pay = made.total_minor + rounding_minor
    tender = Tender("cash", to_pay, tendered_minor=tendered_minor, change_minor=tendered_minor - to_pay)
    paper = receipts.till_paper(
        made=made,
        register=register,
        tenders=[tender],
        rounding_minor=rounding_minor,
        business_date=placement.business_date,
        issued_at=placement.now,
    )
    return documents.issue(paper)


def _events(made: MadeOrder, placement: Placement, payment_id: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    aggregate = f"order:{made.id}"
    summary = {
        "order_id": str(made.id),
        "number": made.number,
        "total_minor": made.total_minor,
        "currency": placement.currency,
        "store_id": str(placement.store_id),
        "payment_id": str(payment_id),
        "method": "cash",
    }
    return [("order.paid", aggregate, summary)]
