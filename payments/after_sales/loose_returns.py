"""Goods back without a receipt: at the lowest recent price, within a limit a day, as cash, store credit or the price of other goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.damaged import services as damaged_goods
from inventory.damaged.services import Brought, Damaged
from inventory.pricing.services import Wanted
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.callers import Caller, RegisterFacts
from merchant.core.cash_rounding import in_cash
from merchant.core.clock import business_date
from merchant.core.errors import AppError, Invalid
from merchant.core.ids import new_id
from merchant.core.money import Money
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import TaxedAmount, cash_rounded, loose_return
from orders.documents.services import IssuedDocument
from payments.after_sales import papers, prices
from payments.after_sales.models import LooseReturn
from payments.after_sales.prices import Place, Worth
from payments.after_sales.rules import Rules, get_rules
from payments.records import till
from payments.vouchers import services as vouchers


class OnlyAsCredit(AppError):
    """So much is not given in cash without a receipt."""

    code = "only_as_store_credit"
    detail = "Without a receipt at most {cash_max} is given in cash; this comes to {total}."
    next_step = "Give store credit, or exchange the goods."


@dataclass(frozen=True, slots=True)
class Loose:
    """What came back. `damaged` are the positions in `wanted` that are not fit for sale."""

    wanted: Sequence[Wanted]
    reason: str
    payout: str
    damaged: frozenset[int] = frozenset()
    approval_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What goods without a receipt are worth here and now, and what rules hold. `left_minor` None: no limit a day."""

    worths: list[Worth]
    total: Money
    rules: Rules
    left_minor: int | None

    @property
    def may_be_cash(self) -> bool:
        """Whether the whole may be given in cash."""
        return self.total.minor <= self.rules.cash_max_minor


@dataclass(frozen=True, slots=True)
class LooseDone:
    """A return without a receipt as stored. The code of a store credit is on no record; it is shown once."""

    returned: LooseReturn
    worths: list[Worth]
    paper: IssuedDocument | None
    voucher_code: str = ""


def quote(*, register: RegisterFacts, caller: Caller, wanted: Sequence[Wanted], now: datetime) -> Quote:
    """Return what goods would be worth without a receipt. Changes nothing. :raises UnknownArticle, NoPrice: as for a sale."""
    rules, day = get_rules(register.store_id), _day(register, now)
    place = Place(register.store_id, register.currency, register.country)
    worths = prices.worth_of(wanted=wanted, place=place, day=day, now=now, days=rules.price_days)
    total = Money(sum(worth.line.total_minor for worth in worths), register.currency)
    limit = rules.day_limit_of(caller)
    left = None if limit is None else max(0, limit - _taken_alone(day, register.currency))
    return Quote(worths, total, rules, left)


@transaction.atomic
def take_back(*, register: RegisterFacts, caller: Caller, loose: Loose, now: datetime) -> LooseDone:
    """
    Take goods without a receipt back: stock, credit note, what is given for them and the paper together or not at all.

    Two at once by the same caller wait for each other, so that both count against the limit of the day. With the payout `exchange` nothing is given and no paper
    is made: the caller's transaction moves the worth on.

    :raises ApprovalNeeded: above the caller's limit of the day without an approval; it says who may give one.
    :raises OnlyAsCredit: for more cash than is given without a receipt. :raises UnknownArticle, NoPrice: as for a sale.
    """
    _wait_for_own_turn()
    asked = quote(register=register, caller=caller, wanted=loose.wanted, now=now)
    if asked.total.minor <= 0:
        raise Invalid(reason=_("these goods are worth nothing today"))
    if loose.payout == "cash" and not asked.may_be_cash:
        raise OnlyAsCredit(
            cash_max_minor=asked.rules.cash_max_minor, total_minor=asked.total.minor, currency=register.currency
        )
    approval_id = _approved(asked, loose, register)
    returned = LooseReturn(
        id=new_id(),
        store_id=register.store_id,
        register_id=register.register_id,
        lines=[_line(worth, index in loose.damaged) for index, worth in enumerate(asked.worths)],
        currency=register.currency,
        total_minor=asked.total.minor,
        rounding_minor=_rounding(asked.total, register) if loose.payout == "cash" else 0,
        payout=loose.payout,
        approval_id=approval_id,
        reason=loose.reason,
        actor_key=current_actor().key,
        actor_name=current_actor().name[:120],
        business_date=_day(register, now),
        returned_at=now,
    )
    code = ""
    if loose.payout == "store_credit":
        voucher, code = vouchers.issue(
            kind="store_credit", amount=asked.total, source=f"loose-return:{returned.id}", now=now
        )
        returned.voucher_id = voucher.id
    returned.save(force_insert=True)
    _put_back(returned, asked.worths, loose, now)
    _book(returned, asked.worths, register, now)
    paper = None
    if loose.payout != "exchange":
        paper = papers.issue_loose(
            lines=[worth.line for worth in asked.worths],
            payout=loose.payout,
            rounding_minor=returned.rounding_minor,
            register=register,
            day=returned.business_date,
            now=now,
        )
    return LooseDone(returned, asked.worths, paper, code)


def _rounding(total: Money, register: RegisterFacts) -> int:
    return in_cash(total.minor, country=register.country, currency=total.currency) - total.minor


def _approved(asked: Quote, loose: Loose, register: RegisterFacts) -> UUID | None:
    if asked.left_minor is None or asked.total.minor <= asked.left_minor:
        return None
    subject = f"loose_return:{register.register_id}"
    wish = Wish("refund.approve", subject, loose.reason, asked.total, register.store_id)
    approval_id: UUID = approvals.use_approval(approval_id=loose.approval_id, wish=wish).id
    return approval_id


def _taken_alone(day: date, currency: str) -> int:
    """Return what the actor took back this day without a second person."""
    own = LooseReturn.objects.filter(
        actor_key=current_actor().key, business_date=day, currency=currency, approval_id=None
    )
    return own.aggregate(minor=Sum("total_minor"))["minor"] or 0


def _wait_for_own_turn() -> None:
    name = f"loose-return:{current_merchant_id()}:{current_actor().key}"
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 43))", [name])


def _line(worth: Worth, is_damaged: bool) -> dict[str, Any]:
    line = asdict(worth.line)
    kept = ("sku", "name", "quantity", "unit_price_minor", "total_minor", "tax_minor")
    return {
        "variant_id": str(worth.line.variant_id),
        **{name: line[name] for name in kept},
        "rate_basis_points": worth.line.tax_rate_basis_points,
        "is_stocked": worth.line.is_stocked,
        "price_rule": worth.price_rule,
        "goods_to": "damaged" if is_damaged else "stock",
    }


def _put_back(returned: LooseReturn, worths: Sequence[Worth], loose: Loose, now: datetime) -> None:
    pieces = [
        Pieces(worth.line.variant_id, worth.line.quantity)
        for index, worth in enumerate(worths)
        if worth.line.is_stocked and worth.line.variant_id and index not in loose.damaged
    ]
    if pieces:
        source = f"loose-return:{returned.id}"
        stock.put_in(
            pieces=pieces, store_id=returned.store_id, kind="returned", source=source, now=now, reason=loose.reason
        )
    damaged = [
        Damaged(worth.line.variant_id, worth.line.quantity, worth.line.total_minor)
        for index, worth in enumerate(worths)
        if worth.line.is_stocked and worth.line.variant_id and index in loose.damaged
    ]
    if damaged:
        brought = Brought(
            returned.store_id, f"loose-return:{returned.id}", returned.currency, loose.reason, returned.business_date
        )
        damaged_goods.keep(damaged=damaged, brought=brought, now=now)


def _book(returned: LooseReturn, worths: Sequence[Worth], register: RegisterFacts, now: datetime) -> None:
    account = {
        "cash": ("cash_register", str(register.register_id)),
        "store_credit": ("voucher_liability", ""),
        "exchange": ("exchanges", ""),
    }[returned.payout]
    goods = [
        TaxedAmount(worth.line.tax_rate_basis_points, worth.line.total_minor, worth.line.tax_minor) for worth in worths
    ]
    ledger.post(
        recipe="loose_return",
        source=f"loose-return:{returned.id}",
        about=f"loose-return:{returned.id}",
        legs=loose_return(goods=goods, from_=account, currency=returned.currency),
        business_date=returned.business_date,
        now=now,
    )
    if returned.rounding_minor:
        ledger.post(
            recipe="cash_rounding",
            source=f"loose-return:{returned.id}",
            about=f"loose-return:{returned.id}",
            legs=cash_rounded(
                register=str(register.register_id), minor=-returned.rounding_minor, currency=returned.currency
            ),
            business_date=returned.business_date,
            now=now,
        )
    till.note_loose_return(
        return_id=returned.id,
        register_id=register.register_id,
        minor=returned.total_minor,
        given_minor=returned.total_minor + returned.rounding_minor,
        currency=returned.currency,
        payout=returned.payout,
        day=returned.business_date,
        now=now,
    )
    data = {"total_minor": returned.total_minor, "payout": returned.payout, "reason": returned.reason}
    audit.record("goods.returned_without_receipt", subject=f"loose-return:{returned.id}", now=now, data=data)
    variants = [worth.line.variant_id for worth in worths if worth.line.variant_id]
    stock.tell_changed(store_id=returned.store_id, variant_ids=variants, why="returned")


def _day(register: RegisterFacts, now: datetime) -> date:
    return business_date(now, zone=register.zone, cutoff=register.day_cutoff)
