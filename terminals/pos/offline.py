"""Sales that a till made while it was offline land here: they happened, so prices and stock do not refuse them; only the merchant's limits do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from inventory.stock import queries as levels
from inventory.stock import reservations
from inventory.stock import services as stock
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.cash_rounding import can_be_change
from merchant.core.clock import business_date
from merchant.core.errors import AppError
from merchant.core.money import Money, rounded_share
from merchant.core.outbox import services as outbox
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import IssuedDocument
from orders.fulfilment import services as fulfilment
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.services import MadeOrder, Placement
from payments.processing import tenders
from payments.processing.refusals import demand_currency
from payments.records.models import Payment
from payments.vouchers import offline as offline_cards
from terminals.pos import offline_rows, offline_rules, receipts
from terminals.pos.models import OfflineSale
from terminals.pos.offline_rows import Sold
from terminals.pos.offline_rules import OfflineLimitExceeded, Taking
from terminals.pos.services import in_store_channel
from terminals.pos.shifts import people

# Tablets set their clocks by themselves; one that is minutes ahead was set by hand, or has no battery.
CLOCK_DRIFT_MAX = timedelta(minutes=5)
LAST_MOMENT = datetime(9999, 1, 1, tzinfo=UTC)


class TendersDiffer(AppError):
    """The tenders of the sale are not its total."""

    code = "tenders_differ"
    status = 422
    detail = "The tenders come to {tenders}, the lines to {total}."
    money = "Nothing was booked; the sale stays in the tablet's queue."


@dataclass(frozen=True, slots=True)
class Landing:
    """A sale on its way into the books: of which till, as it was made, and when that was. `day` is the business day of then, `now` the moment of landing."""

    register: RegisterFacts
    device_id: UUID
    sold: Sold
    sold_at: datetime
    day: date
    now: datetime


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
    tablet before it was paired anew is returned as it was booked then. What was handed over in cash and cannot have been is kept with the sale and booked as paid exactly.
    A moment that is still to come is kept, too, and the sale booked as of now. The order it replaces is left as it is; that it got money is said beside the sale.

    :raises OfflineLimitExceeded: beyond a limit without an approval. :raises ApprovalNeeded: with one that does not fit.
    :raises WrongCurrency: if the till says it took another currency than its own. :raises TendersDiffer: if it was not paid to the unit. :raises UnknownArticle, NoPrice: for what was never sold here.
    """
    offline_rows.wait_for_own_turn(device_id)
    if (before := _landed_before(device_id, sold)) is not None:
        return before
    if sold.currency is not None:
        demand_currency(Money(sold.total_minor, sold.currency), register.currency)
    sold_at = min(sold.sold_at, now)
    day = business_date(sold_at, zone=register.zone, cutoff=register.day_cutoff)
    landing = Landing(register, device_id, sold, sold_at, day, now)
    if sold.total_minor != sum(tender.amount_minor for tender in sold.tenders):
        raise TendersDiffer(
            tenders_minor=sum(tender.amount_minor for tender in sold.tenders),
            total_minor=sold.total_minor,
            currency=register.currency,
        )
    _require_within(landing)
    lines, difference_minor = _priced(landing)
    made = _make(landing, lines)
    payments, at_risk_minor, odd_minor = _take_tenders(landing, made)
    oversold = _hand_over(landing, made)
    document = _receipt(landing, made, payments)
    row = offline_rows.note_landed(
        register=register,
        device_id=device_id,
        sold=sold,
        sold_at=sold_at,
        facts={
            "order_id": made.id,
            "receipt_number": document.number,
            "price_difference_minor": difference_minor,
            "oversold": oversold,
            "odd_tendered_minor": odd_minor,
            "odd_sold_at": _odd_sold_at(landing),
            "replaced_order_id": _replaced(landing),
            "arrived_at": now,
        },
    )
    _tell(landing, made, document, row, at_risk_minor)
    return Landed(orders.get_order(made.id), payments, document, row, oversold, at_risk_minor)


def _landed_before(device_id: UUID, sold: Sold) -> Landed | None:
    row = offline_rows.find_landed_before_pairing(device_id, sold.key)
    if row is None or row.order_id is None:
        return None
    order = orders.get_order(row.order_id)
    paper = Document.objects.get(order=order, kind="receipt")
    issued = IssuedDocument(paper.id, paper.number, paper.series, paper.access_token)
    return Landed(order, list(order.payments.order_by("id")), issued, row, row.oversold, at_risk_minor=0)


def _require_within(landing: Landing) -> None:
    register, sold = landing.register, landing.sold
    limits = offline_rules.get_limits(register.store_id)
    taking = Taking(landing.device_id, landing.sold_at, sold.taken("cash"), sold.taken("gift_card"))
    excess = offline_rules.find_excess(taking, limits, now=landing.now)
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


def _priced(landing: Landing) -> tuple[list[PricedLine], int]:
    """The lines at what the customer paid, and how much that is more than the catalogue says."""
    register, sold = landing.register, landing.sold
    wanted = [Wanted(line.article, line.quantity) for line in sold.lines]
    ours = pricing.price_basket(
        wanted=wanted,
        currency=register.currency,
        country=register.country,
        day=landing.day,
        now=landing.sold_at,
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


def _make(landing: Landing, lines: Sequence[PricedLine]) -> MadeOrder:
    register = landing.register
    placement = Placement(
        channel_id=in_store_channel(),
        currency=register.currency,
        business_date=landing.day,
        now=landing.sold_at,
        store_id=register.store_id,
        register_id=register.register_id,
        note=landing.sold.note,
    )
    return placing.make_order(placement=placement, lines=lines, status="open")


def _take_tenders(landing: Landing, made: MadeOrder) -> tuple[list[Payment], int, int | None]:
    """Gift cards first: the cash is what is left then, which is what coins round. Beside the payments, what is at risk, and what of the cash cannot have been."""
    register, sold_at = landing.register, landing.sold_at
    payments, at_risk_minor = [], 0
    for tender in landing.sold.tenders:
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
            taken_at=sold_at, now=landing.now,
        )  # fmt: skip
        at_risk_minor += redemption.open_minor
        payments.append(payment)
    cash_minor, to_pay_minor = landing.sold.taken("cash"), tenders.cash_to_pay(orders.get_order(made.id))
    odd_minor = _odd_tendered(landing, to_pay_minor)
    if cash_minor:
        said_minor = _handed_over(landing) if odd_minor is None else None
        tendered_minor = None if said_minor is None else max(said_minor, to_pay_minor)
        payments.append(_take_cash(landing, made, cash_minor, tendered_minor))
    return payments, at_risk_minor, odd_minor


def _take_cash(landing: Landing, made: MadeOrder, minor: int, tendered_minor: int | None) -> Payment:
    """All cash of a sale is one payment. What was handed over covers it: it happened. Where what is said of it cannot be (None), it was exactly that."""
    return tenders.take_cash(
        order_id=made.id,
        amount=Money(minor, landing.register.currency),
        tendered_minor=tendered_minor,
        register_id=landing.register.register_id,
        now=landing.sold_at,
    )


def _handed_over(landing: Landing) -> int | None:
    """What the till says it was given in cash, None if it says nothing."""
    given = [tender for tender in landing.sold.tenders if tender.method == "cash"]
    if all(tender.tendered_minor is None for tender in given):
        return None
    return sum(tender.amount_minor if tender.tendered_minor is None else tender.tendered_minor for tender in given)


def _odd_tendered(landing: Landing, to_pay_minor: int) -> int | None:
    """What is said to have been handed over for what is to pay in coins, if that cannot be. What coins cannot make is not odd."""
    said_minor = _handed_over(landing)
    if said_minor is None:
        return None
    is_too_little = said_minor < min(landing.sold.taken("cash"), to_pay_minor)
    change_minor = max(0, said_minor - to_pay_minor)
    return said_minor if is_too_little or not can_be_change(change_minor, landing.register.currency) else None


def _odd_sold_at(landing: Landing) -> datetime | None:
    """What the till's clock said, if it was ahead of ours by more than clocks are. No zone's clock can show the last days there are."""
    said = landing.sold.sold_at
    return min(said, LAST_MOMENT) if said - landing.now > CLOCK_DRIFT_MAX else None


def _replaced(landing: Landing) -> UUID | None:
    """The order that the goods stood on, if it is one of this store: that a till names another refuses nothing and shows nothing of it."""
    named = Order.objects.filter(id=landing.sold.replaces_order_id, store_id=landing.register.store_id)
    return named.values_list("id", flat=True).first()


def _hand_over(landing: Landing, made: MadeOrder) -> dict[str, int]:
    """Hand over what has left, and return by SKU how many pieces the books did not have."""
    store_id = landing.register.store_id
    variants = {line.variant_id: line.sku for line in made.lines if line.is_stocked and line.variant_id}
    reservations.lock(line_ids=[], variant_ids=list(variants), store_id=store_id)
    before = levels.list_oversold(store_id=store_id, variant_ids=variants)
    fulfilment.hand_over(order_id=made.id, store_id=store_id, now=landing.sold_at, may_oversell=True)
    after = levels.list_oversold(store_id=store_id, variant_ids=variants)
    oversold = {
        variants[variant]: pieces - before.get(variant, 0)
        for variant, pieces in after.items()
        if pieces > before.get(variant, 0)
    }
    if oversold:
        stock.tell_changed(store_id=store_id, variant_ids=list(variants), why="oversold")
    return oversold


def _receipt(landing: Landing, made: MadeOrder, payments: Sequence[Payment]) -> IssuedDocument:
    paper = receipts.till_paper(
        made=made,
        register=landing.register,
        tenders=[receipts.tender_of(payment) for payment in payments],
        rounding_minor=sum(payment.rounding_minor for payment in payments),
        business_date=landing.day,
        issued_at=landing.sold_at,
        printed_number=landing.sold.printed_number,
        served_by=people.person_then(landing.register.register_id, landing.sold_at),
    )
    return documents.issue(paper)


def _tell(landing: Landing, made: MadeOrder, document: IssuedDocument, row: OfflineSale, at_risk_minor: int) -> None:
    data = {
        "total_minor": made.total_minor, "receipt": document.number, "printed": landing.sold.printed_number, "oversold": row.oversold,
        "at_risk_minor": at_risk_minor, "sold_at": landing.sold_at.isoformat(),
    }  # fmt: skip
    if row.odd_tendered_minor is not None:
        data["odd_tendered_minor"] = row.odd_tendered_minor
    if row.odd_sold_at is not None:
        data["odd_sold_at"] = row.odd_sold_at.isoformat()
    audit.record("sale.landed_offline", subject=f"order:{made.id}", now=landing.now, data=data)
    place = {"order_id": str(made.id), "store_id": str(landing.register.store_id)}
    outbox.publish("sale.landed_offline", f"order:{made.id}", {**place, **data})
