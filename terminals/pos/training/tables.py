"""Practise other lines, discounts and shared bills: computed by the functions of real orders, kept in the practised sale alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.pricing.services import PricedLine, Wanted, less
from merchant.core.callers import RegisterFacts
from merchant.core.cash_rounding import cash_step
from merchant.core.errors import NotFound
from merchant.core.ids import new_id
from merchant.core.telling import money_words
from merchant.core.tenancy import current_actor
from orders.order.models import OrderDiscount
from orders.placing import discounts
from orders.placing.discounts import Given, NothingToDiscount
from terminals.pos.splitting import shares
from terminals.pos.splitting.services import Share
from terminals.pos.splitting.shares import LineValue, Paid, PartOfNothing
from terminals.pos.training import services
from terminals.pos.training.models import TrainingSale
from terminals.pos.training.services import PracticeRefused

# What a discount of a practised sale keeps of a real one.
_KEPT = ("kind", "percent_basis_points", "amount_minor", "applied_minor", "reason", "given_by_name", "occurrence")


@transaction.atomic
def replace_lines(
    *,
    register: RegisterFacts,
    sale_id: UUID,
    wanted: Sequence[Wanted],
    codes: Sequence[str],
    version: int,
    now: datetime,
) -> TrainingSale:
    """Give a practised order other lines; discounts hold, a split ends. :raises PracticeRefused: if it was paid, or changed meanwhile."""
    sale = services.get_for_update(register, sale_id)
    services.require_unpaid(sale, version=version)
    lines = services.priced(register, wanted, codes, now)
    sale.content["lines"] = services.lines_json(lines)
    apply_discounts(sale)
    return _changed(sale)


@transaction.atomic
def give_discount(*, register: RegisterFacts, sale_id: UUID, given: Given, version: int) -> TrainingSale:
    """
    Practise a discount; a split ends with it.

    :raises PracticeRefused: once it is paid in part, changed meanwhile, or beyond what the giver may take off alone: approvals are real, so they are not practised.
    :raises NothingToDiscount: if it takes nothing off.
    """
    sale = _changeable(register, sale_id, version)
    variant_id, occurrence = _article(sale, given.line_id) if given.line_id else (None, 0)
    made = {
        "id": str(new_id()),
        "variant_id": str(variant_id) if variant_id else None,
        "occurrence": occurrence,
        "kind": "percent" if given.percent_basis_points else "amount",
        "percent_basis_points": given.percent_basis_points,
        "amount_minor": given.amount_minor,
        "applied_minor": 0,
        "reason": given.reason,
        "given_by_name": current_actor().name[:120],
    }
    sale.content["discounts"] = [*sale.content.get("discounts", []), made]
    apply_discounts(sale)
    if not sale.content["discounts"][-1]["applied_minor"]:
        raise NothingToDiscount()
    rows = zip(services.lines_of(sale), sale.content["lines"], strict=True)
    goods = {
        UUID(row["id"]): (row.get("staff_discount_minor", 0), _without_staff(line, row).base_minor)
        for line, row in rows
    }
    if discounts.is_beyond(given, goods):
        raise PracticeRefused(reason=_("More than this person may take off alone; approvals are not practised."))
    return _changed(sale)


@transaction.atomic
def take_discount_back(*, register: RegisterFacts, sale_id: UUID, discount_id: UUID, version: int) -> TrainingSale:
    """Practise taking a discount back. :raises NotFound: if the sale has no such discount. And what `give_discount` raises."""
    sale = services.get_for_update(register, sale_id)
    rows = sale.content.get("discounts", [])
    kept = [row for row in rows if row["id"] != str(discount_id)]
    if len(kept) == len(rows):
        raise NotFound()
    sale = _changeable(register, sale_id, version)
    sale.content["discounts"] = kept
    apply_discounts(sale)
    return _changed(sale)


def apply_discounts(sale: TrainingSale) -> None:
    """Take the discounts off the lines as they stand, and write lines, discounts and total to `sale`, which is not saved."""
    rows = sale.content["lines"]
    before = [_without_staff(line, row) for line, row in zip(services.lines_of(sale), rows, strict=True)]
    given = [_as_discount(row) for row in sale.content.get("discounts", [])]
    after = discounts.reduce(before, given)
    for row, was, line in zip(rows, before, after, strict=True):
        figures = {name: value for name, value in asdict(line).items() if name != "variant_id"}
        row.update(figures, staff_discount_minor=line.discount_minor - was.discount_minor)
    for row, discount in zip(sale.content.get("discounts", []), given, strict=True):
        row["applied_minor"] = discount.applied_minor
    sale.total_minor = sum(line.total_minor for line in after)


@transaction.atomic
def split(*, register: RegisterFacts, sale_id: UUID, mode: str, wanted: Sequence[Share]) -> TrainingSale:
    """
    Practise sharing what is open; an earlier split ends, what was paid stays.

    :raises PracticeRefused: if it is paid. And what `shares` raises.
    """
    sale = services.get_for_update(register, sale_id)
    base = services.open_minor(sale)
    if not base:
        raise PracticeRefused(reason=_("Nothing of this order is left to pay."))
    parts = []
    for position, (share, minor) in enumerate(zip(wanted, _shares(sale, mode, wanted, base), strict=True), start=1):
        name = share.name.strip()[:60] or str(position)
        if minor <= 0:
            raise PartOfNothing(name=name)
        items = [[str(line_id), quantity] for line_id, quantity in share.items.items()]
        parts.append({"id": str(new_id()), "name": name, "share_minor": minor, "items": items})
    sale.content["split"] = {"mode": mode, "parts": parts}
    sale.version += 1
    sale.save()
    return sale


def dues(register: RegisterFacts, sale: TrainingSale) -> list[tuple[dict[str, Any], int, int]]:
    """Return each part with what came for it and what it still owes. :raises NotFound: if the sale is not shared."""
    shared = sale.content.get("split")
    if not shared:
        raise NotFound()
    paid = [
        sum(tender["amount_minor"] for tender in sale.content["tenders"] if tender.get("part_id") == part["id"])
        for part in shared["parts"]
    ]
    due = shares.dues(
        [Paid(part["share_minor"], minor) for part, minor in zip(shared["parts"], paid, strict=True)],
        open_minor=services.open_minor(sale),
        slack_minor=cash_step(register.country, sale.currency) // 2,
    )
    return list(zip(shared["parts"], paid, due, strict=True))


def require_part(
    register: RegisterFacts, sale: TrainingSale, *, part_id: UUID | None, amount_minor: int, is_cash: bool
) -> None:
    """Refuse a tender that is nobody's part of a shared bill, or beyond it. :raises PracticeRefused, NotFound: then."""
    if not sale.content.get("split"):
        if part_id is not None:
            raise NotFound()
        return
    if part_id is None:
        raise PracticeRefused(reason=_("The order is split; say whose part is paid."))
    slack = cash_step(register.country, sale.currency) // 2 if is_cash else 0
    for part, _paid, due in dues(register, sale):
        if part["id"] == str(part_id):
            if amount_minor > due + slack:
                raise PracticeRefused(
                    reason=_("The part of {name} lacks {due}.").format(
                        name=part["name"], due=money_words(due, sale.currency)
                    )
                )
            return
    raise NotFound()


def _shares(sale: TrainingSale, mode: str, wanted: Sequence[Share], base_minor: int) -> list[int]:
    if mode == "person":
        return shares.by_person(base_minor, len(wanted))
    if mode == "amount":
        return shares.by_amount(base_minor, [share.amount_minor for share in wanted])
    lines = [LineValue(UUID(row["id"]), row["quantity"], row["total_minor"]) for row in sale.content["lines"]]
    known = {line.line_id for line in lines}
    if any(line_id not in known for share in wanted for line_id in share.items):
        raise PracticeRefused(reason=_("The order has no such line."))
    return shares.by_item(base_minor, lines, [share.items for share in wanted])


def _changeable(register: RegisterFacts, sale_id: UUID, version: int) -> TrainingSale:
    sale = services.get_for_update(register, sale_id)
    services.require_unpaid(sale, version=version)
    return sale


def _changed(sale: TrainingSale) -> TrainingSale:
    sale.content.pop("split", None)
    sale.version += 1
    sale.save()
    return sale


def _article(sale: TrainingSale, line_id: UUID) -> tuple[UUID, int]:
    rows = sale.content["lines"]
    found = next((row for row in rows if row["id"] == str(line_id)), None)
    if found is None:
        raise NotFound()
    if not found["variant_id"]:
        raise NothingToDiscount()
    same = [row["id"] for row in rows if row["variant_id"] == found["variant_id"]]
    return UUID(found["variant_id"]), same.index(str(line_id))


def _without_staff(line: PricedLine, row: dict[str, Any]) -> PricedLine:
    staff = row.get("staff_discount_minor", 0)
    return less(replace(line, discount_minor=line.discount_minor - staff), 0) if staff else line


def _as_discount(row: dict[str, Any]) -> OrderDiscount:
    """A discount as the arithmetic takes it; it is never saved."""
    variant_id = UUID(row["variant_id"]) if row["variant_id"] else None
    return OrderDiscount(variant_id=variant_id, **{name: row[name] for name in _KEPT})
