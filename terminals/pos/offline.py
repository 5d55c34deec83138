"""Sales that a till made while it was offline land here: they happened, so prices and stock do not refuse them; only the merchant's limits do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from inventory.stock import queries as levels
from inventory.stock import services as stock
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.accounts.models import Device
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_date
from merchant.core.errors import AppError
from merchant.core.money import Money, rounded_share
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.models import Store
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import IssuedDocument, Paper, Tender
from orders.fulfilment import services as fulfilment
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.services import MadeOrder, Placement
from payments.processing import tenders
from payments.records.models import Payment
from payments.vouchers import offline as offline_cards
from terminals.pos import offline_rules
from terminals.pos.models import OfflineSale
from terminals.pos.offline_rules import OfflineLimitExceeded, Taking
from terminals.pos.services import in_store_channel, tender_of
from terminals.pos.states import OFFLINE_SALE


class TendersDiffer(AppError):
    """The tenders of the sale are not its total."""

    code = "tenders_differ"
    status = 422
    detail = "The tenders come to {tenders}, the lines to {total}."
    money = "Nothing was booked; the sale stays in the tablet's queue."


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line as it stood on the customer's paper, tax included."""

    article: str
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class TakenTender:
    """Cash, or a gift card by its code, as it was taken."""

    method: str
    amount_minor: int
    tendered_minor: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale as the till made it. `key` is the tablet's own, for ever; `printed_number` what it printed."""

    key: str
    lines: Sequence[SoldLine]
    tenders: Sequence[TakenTender]
    sold_at: datetime
    printed_number: int | None = None
    approval_id: UUID | None = None
    note: str = ""

    def taken(self, method: str) -> int:
        """Return what was taken by one method, in minor units."""
        return sum(tender.amount_minor for tender in self.tenders if tender.method == method)

    @property
    def total_minor(self) -> int:
        """What all lines come to."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Landed:
    """A sale as it was booked. `oversold` counts pieces by SKU that the books did not have; `at_risk_minor` is what its gift cards have not given yet."""

    order: Order
    payments: list[Payment]
    document: IssuedDocument
    row: OfflineSale
    oversold: dict[str, int]
    at_risk_minor: int


@transaction.atomic
def land(*, register: RegisterFacts, device_id: UUID, sold: Sold, now: datetime) -> Landed:
    """
    Book a sale that was made offline, with the day on which it was made: order, stock, payments, hand-over, receipt, together or not at all.

    What the customer paid stands, whatever the catalogue says now; what the books lack on the shelf is counted as oversold. The receipt takes the register's next
    number, which is the printed one unless the register gave that to another meanwhile. Two batches of one device wait for each other. What landed from the same
    tablet before it was paired anew is returned as it was booked then.

    :raises OfflineLimitExceeded: beyond a limit without an approval. :raises ApprovalNeeded: with one that does not fit.
    :raises TendersDiffer: if it was not paid to the unit. :raises UnknownArticle, NoPrice: for what was never sold here.
    """
    _wait_for_own_turn(device_id)
    if (before := _landed_before_pairing(device_id, sold)) is not None:
        return before
    sold_at = min(sold.sold_at, now)
    if sold.total_minor != sum(tender.amount_minor for tender in sold.tenders):
        raise TendersDiffer(
            tenders_minor=sum(tender.amount_minor for tender in sold.tenders),
            total_minor=sold.total_minor,
            currency=register.currency,
        )
    _require_within(register, device_id, sold, sold_at=sold_at, now=now)
    day = business_date(sold_at, zone=register.zone, cutoff=register.day_cutoff)
    lines, difference_minor = _priced(register, sold, day=day, sold_at=sold_at)
    made = _make(register, sold, lines, day=day, sold_at=sold_at)
    payments, at_risk_minor = _take_tenders(made, register, sold, sold_at=sold_at, now=now)
    oversold = _hand_over(made, register, sold_at=sold_at)
    document = _receipt(made, register, sold, payments, day=day, sold_at=sold_at)
    row = _note_landed(made, register, device_id, sold, document, difference_minor, oversold, sold_at=sold_at, now=now)
    data = {
        "total_minor": made.total_minor, "receipt": document.number, "printed": sold.printed_number, "oversold": oversold,
        "at_risk_minor": at_risk_minor, "sold_at": sold_at.isoformat(),
    }  # fmt: skip
    audit.record("sale.landed_offline", subject=f"order:{made.id}", now=now, data=data)
    outbox.publish("sale.landed_offline", f"order:{made.id}", {"order_id": str(made.id), "store_id": str(register.store_id), **data})  # fmt: skip
    return Landed(orders.get_order(made.id), payments, document, row, oversold, at_risk_minor)


@transaction.atomic
def note_refusal(
    *, register: RegisterFacts, device_id: UUID, sold: Sold, refusal: AppError, now: datetime
) -> OfflineSale | None:
    """
    Note that a sale was refused and waits in the tablet's queue, so that staff see the money before it lands. A repeat renews the reason.

    None if it landed before. Waits for the device's other batches, as landing does.
    """
    _wait_for_own_turn(device_id)
    row = OfflineSale.objects.select_for_update().filter(device_id=device_id, key=sold.key).first()
    if row is not None and row.status == "landed":
        return None
    row = row or OfflineSale(device_id=device_id, key=sold.key, status="refused", arrived_at=now)
    row.refusal, row.refusal_text = refusal.code, refusal.message[:300]
    for name, value in _said(register, sold, sold_at=min(sold.sold_at, now)).items():
        setattr(row, name, value)
    row.save()
    return row


def _landed_before_pairing(device_id: UUID, sold: Sold) -> Landed | None:
    """A tablet that was unpaired before it heard the answer sends the sale again as another device: its key is the same for ever."""
    earlier = Device.objects.exclude(id=device_id).exclude(revoked_at=None)
    row = OfflineSale.objects.filter(device__in=earlier, key=sold.key, status="landed").first()
    if row is None:
        return None
    order = orders.get_order(row.order_id)
    paper = Document.objects.get(order=order, kind="receipt")
    issued = IssuedDocument(paper.id, paper.number, paper.series, paper.access_token)
    return Landed(order, list(order.payments.order_by("id")), issued, row, row.oversold, at_risk_minor=0)


def _wait_for_own_turn(device_id: UUID) -> None:
    name = f"offline-sale:{current_merchant_id()}:{device_id}"
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 44))", [name])


def _require_within(register: RegisterFacts, device_id: UUID, sold: Sold, *, sold_at: datetime, now: datetime) -> None:
    limits = offline_rules.get_limits(register.store_id)
    taking = Taking(device_id, sold_at, sold.taken("cash"), sold.taken("gift_card"))
    excess = offline_rules.find_excess(taking, limits, now=now)
    if excess is None:
        return
    amount = Money(max(1, sold.total_minor), register.currency)
    subject = f"offline_sale:{register.register_id}"
    if sold.approval_id is not None:
        wish = Wish("offline.accept", subject, excess.limit, amount, register.store_id)
        approvals.use_approval(approval_id=sold.approval_id, wish=wish)
        return
    raise OfflineLimitExceeded(
        why=_(offline_rules.WHY[excess.limit]),
        limit=excess.limit,
        asked=excess.asked,
        most=excess.most,
        right="offline.accept",
        subject=subject,
        amount={"amount_minor": amount.minor, "currency": amount.currency},
        store_id=register.store_id,
    )


def _priced(register: RegisterFacts, sold: Sold, *, day: date, sold_at: datetime) -> tuple[list[PricedLine], int]:
    """The lines at what the customer paid, and how much that is more than the catalogue says."""
    wanted = [Wanted(line.article, line.quantity) for line in sold.lines]
    ours = pricing.price_basket(
        wanted=wanted,
        currency=register.currency,
        country=register.country,
        day=day,
        now=sold_at,
        with_ended=True,
        store_id=register.store_id,
        channel_id=in_store_channel(),
    )
    lines = [_as_paid(line, theirs.total_minor) for line, theirs in zip(ours, sold.lines, strict=True)]
    return lines, sold.total_minor - sum(line.total_minor for line in ours)


def _as_paid(line: PricedLine, total_minor: int) -> PricedLine:
    if line.total_minor == total_minor:
        return line
    rate = line.tax_rate_basis_points
    tax_minor = rounded_share(total_minor, rate, 10_000 + rate)
    base_minor = total_minor if line.includes_tax else total_minor - tax_minor
    unit_minor = max(line.unit_price_minor, -(-base_minor // line.quantity))
    return replace(
        line,
        unit_price_minor=unit_minor,
        discount_minor=unit_minor * line.quantity - base_minor,
        total_minor=total_minor,
        tax_minor=tax_minor,
    )


def _make(
    register: RegisterFacts, sold: Sold, lines: Sequence[PricedLine], *, day: date, sold_at: datetime
) -> MadeOrder:
    placement = Placement(
        channel_id=in_store_channel(),
        currency=register.currency,
        business_date=day,
        now=sold_at,
        store_id=register.store_id,
        register_id=register.register_id,
        note=sold.note,
    )
    return placing.make_order(placement=placement, lines=lines, status="open")


def _take_tenders(
    made: MadeOrder, register: RegisterFacts, sold: Sold, *, sold_at: datetime, now: datetime
) -> tuple[list[Payment], int]:
    """Gift cards first: the cash is what is left then, which is what coins round."""
    payments, at_risk_minor = [], 0
    for tender in sold.tenders:
        if tender.method == "cash":
            continue
        payment = tenders.take_offline_card(
            order_id=made.id,
            amount=Money(tender.amount_minor, register.currency),
            voucher_id=None,
            register_id=register.register_id,
            now=sold_at,
        )
        redemption = offline_cards.record(
            payment=payment, store_id=register.store_id, register_id=register.register_id, code=tender.code,
            taken_at=sold_at, now=now,
        )  # fmt: skip
        at_risk_minor += redemption.open_minor
        payments.append(payment)
    if cash_minor := sold.taken("cash"):
        payments.append(_take_cash(made, register, sold, cash_minor, sold_at))
    return payments, at_risk_minor


def _take_cash(made: MadeOrder, register: RegisterFacts, sold: Sold, minor: int, sold_at: datetime) -> Payment:
    """All cash of a sale is one payment. What was handed over covers it: it happened."""
    given = [tender for tender in sold.tenders if tender.method == "cash"]
    tendered_minor = None
    if any(tender.tendered_minor for tender in given):
        handed_over = sum(tender.tendered_minor or tender.amount_minor for tender in given)
        tendered_minor = max(handed_over, tenders.cash_to_pay(orders.get_order(made.id)))
    return tenders.take_cash(
        order_id=made.id,
        amount=Money(minor, register.currency),
        tendered_minor=tendered_minor,
        register_id=register.register_id,
        now=sold_at,
    )


def _hand_over(made: MadeOrder, register: RegisterFacts, *, sold_at: datetime) -> dict[str, int]:
    """Hand over what has left, and return by SKU how many pieces the books did not have."""
    variants = {line.variant_id: line.sku for line in made.lines if line.is_stocked and line.variant_id}
    stock.lock(line_ids=[], variant_ids=list(variants), store_id=register.store_id)
    before = levels.list_oversold(store_id=register.store_id, variant_ids=variants)
    fulfilment.hand_over(order_id=made.id, store_id=register.store_id, now=sold_at, may_oversell=True)
    after = levels.list_oversold(store_id=register.store_id, variant_ids=variants)
    oversold = {
        variants[variant]: pieces - before.get(variant, 0)
        for variant, pieces in after.items()
        if pieces > before.get(variant, 0)
    }
    if oversold:
        stock.tell_changed(store_id=register.store_id, variant_ids=list(variants), why="oversold")
    return oversold


def _receipt(
    made: MadeOrder,
    register: RegisterFacts,
    sold: Sold,
    payments: Sequence[Payment],
    *,
    day: date,
    sold_at: datetime,
) -> IssuedDocument:
    printed: list[Tender] = [tender_of(payment) for payment in payments]
    return documents.issue(
        Paper(
            kind="receipt",
            order_id=made.id,
            order_number=made.number,
            currency=register.currency,
            lines=made.lines,
            tenders=printed,
            rounding_minor=sum(payment.rounding_minor for payment in payments),
            store=Store.objects.get(id=register.store_id),
            register_id=register.register_id,
            register_name=register.register_name,
            register_code=register.register_code,
            business_date=day,
            issued_at=sold_at,
            printed_number=sold.printed_number,
        )
    )


def _note_landed(
    made: MadeOrder,
    register: RegisterFacts,
    device_id: UUID,
    sold: Sold,
    document: IssuedDocument,
    difference_minor: int,
    oversold: dict[str, int],
    *,
    sold_at: datetime,
    now: datetime,
) -> OfflineSale:
    row = OfflineSale.objects.filter(device_id=device_id, key=sold.key).first()
    facts: dict[str, Any] = {
        "order_id": made.id,
        "receipt_number": document.number,
        "price_difference_minor": difference_minor,
        "oversold": oversold,
        "refusal": "",
        "refusal_text": "",
        "arrived_at": now,
    }
    if row is not None:
        # What landed counts, towards the limits too: the try that was refused may have said something else.
        move(row, OFFLINE_SALE, "landed", **facts, **_said(register, sold, sold_at=sold_at))
        return row
    said = _said(register, sold, sold_at=sold_at)
    row = OfflineSale(device_id=device_id, key=sold.key, status="landed", **facts, **said)
    row.save(force_insert=True)
    return row


def _said(register: RegisterFacts, sold: Sold, *, sold_at: datetime) -> dict[str, Any]:
    """What the tablet says of a sale, as its row holds it."""
    return {
        "register_id": register.register_id,
        "store_id": register.store_id,
        "currency": register.currency,
        "cash_minor": sold.taken("cash"),
        "gift_card_minor": sold.taken("gift_card"),
        "printed_number": sold.printed_number,
        "sold_at": sold_at,
    }
