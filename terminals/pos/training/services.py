"""Practise a sale, an order with tenders, a return, a refund: answered like the real thing, stored apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from merchant.accounts import callers
from merchant.accounts import queries as accounts
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.cash_rounding import in_cash
from merchant.core.clock import business_date
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import new_id, readable_code
from merchant.core.telling import money_words
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.merchants.models import Register
from merchant.sales_channels.queries import find_in_store_id
from payments.processing import tenders
from terminals.pos.shifts import live, queries
from terminals.pos.training.models import TrainingSale


class ShiftStillOpen(AppError):
    """A till goes into training, or out of it, only while its drawer is closed."""

    code = "shift_still_open"
    detail = "A shift is open at {register}."
    next_step = "Close the shift, then switch."


class TrainingDiffers(AppError):
    """The tablet believes the till to be in another mode than it is."""

    code = "training_differs"
    detail = "This till is {mode}, and the tablet showed something else. Nothing was sold or practised."
    next_step = "Read the till again (GET /api/v1/me/), show its mode, and ask the cashier to repeat."


class PracticeRefused(AppError):
    """Practised as it would be refused for real."""

    code = "practice_refused"
    status = 422
    detail = "{reason}"
    next_step = "Correct it and repeat; nothing of this is real."


@transaction.atomic
def switch(*, register_id: UUID, is_training: bool, now: datetime) -> Register:
    """
    Put a register into training or take it out. Locks the register's row; other processes follow within a second.

    :raises ShiftStillOpen: while a shift is open there.
    """
    register = accounts.get_register(register_id)
    Register.objects.select_for_update(no_key=True).get(id=register_id)
    if queries.find_open_shift(register_id) is not None:
        raise ShiftStillOpen(register=register.name)
    Register.objects.filter(id=register_id).update(is_training=is_training)
    register.is_training = is_training
    action = "register.training_began" if is_training else "register.training_ended"
    audit.record(action, subject=f"register:{register_id}", now=now)
    live.tell(action, {"register_id": str(register_id), "is_training": is_training}, store_id=register.store_id)
    transaction.on_commit(callers.forget)
    return register


def require_mode(register: RegisterFacts | None, shown: bool | None) -> None:
    """
    Compare the till's mode with what the tablet shows its cashier; a tablet that does not say is believed.

    :raises TrainingDiffers: if they differ.
    """
    is_training = register is not None and register.is_training
    if shown is not None and shown != is_training:
        raise TrainingDiffers(
            mode=pgettext("mode", "in training") if is_training else pgettext("mode", "selling for real")
        )


@transaction.atomic
def begin(
    *, register: RegisterFacts, wanted: Sequence[Wanted], codes: Sequence[str], now: datetime, note: str = ""
) -> TrainingSale:
    """Practise an order: priced like a real one, numbered apart."""
    lines = priced(register, wanted, codes, now)
    sale = TrainingSale(
        register_id=register.register_id,
        number=_next_number(register.register_id),
        currency=register.currency,
        total_minor=sum(line.total_minor for line in lines),
        content={"lines": lines_json(lines), "tenders": [], "note": note},
        person=current_actor().name,
        begun_at=now,
    )
    sale.save(force_insert=True)
    return sale


def require_total(sale: TrainingSale, *, shown_minor: int | None) -> None:
    """
    Refuse what a real sale would refuse: another total than the tablet shows, or nothing to pay.

    :raises PracticeRefused: then.
    """
    if shown_minor is not None and shown_minor != sale.total_minor:
        raise PracticeRefused(
            reason=_("The sale comes to {total}, not {shown}.").format(
                total=_words(sale, sale.total_minor), shown=_words(sale, shown_minor)
            )
        )
    if not sale.total_minor:
        raise PracticeRefused(reason=_("The sale comes to nothing, so there is no cash to take."))


def require_unpaid(sale: TrainingSale, *, version: int) -> None:
    """Refuse to change a practised order that was paid in part, or changed meanwhile. :raises PracticeRefused: then."""
    if sale.completed_at is not None or sale.content["tenders"]:
        raise PracticeRefused(reason=_("The order was paid; its lines are fixed."))
    if sale.version != version:
        raise PracticeRefused(
            reason=_("The order was changed meanwhile (version {version}).").format(version=sale.version)
        )


@transaction.atomic
def complete_free(*, register: RegisterFacts, sale_id: UUID, version: int, now: datetime) -> TrainingSale:
    """Practise the end of an order that costs nothing. A repeat changes nothing. :raises PracticeRefused: if something is to pay."""
    sale = get_for_update(register, sale_id)
    if sale.completed_at is not None:
        return sale
    require_unpaid(sale, version=version)
    if sale.total_minor:
        raise PracticeRefused(reason=_("{left} is still to pay.").format(left=_words(sale, sale.total_minor)))
    sale.completed_at = now
    sale.save()
    return sale


@transaction.atomic
def pay(
    *,
    register: RegisterFacts,
    sale_id: UUID,
    method: str,
    amount_minor: int,
    tendered_minor: int | None,
    now: datetime,
    part_id: UUID | None = None,
) -> dict[str, Any]:
    """
    Practise a tender and return it: cash, gift card and card alike are taken at once, no terminal and no voucher is asked. Cash is rounded as in a real sale.

    :raises PracticeRefused: for more than is left to pay, an amount no coins make, or cash that does not cover it. :raises CashTooMuch: as a real till does.
    """
    sale = get_for_update(register, sale_id)
    if not 0 < amount_minor <= open_minor(sale):
        raise PracticeRefused(reason=_("Only {left} is left to pay.").format(left=_words(sale, open_minor(sale))))
    rounding_minor = _rounding(register, sale, amount_minor) if method == "cash" else 0
    if tendered_minor is not None and tendered_minor < amount_minor + rounding_minor:
        raise PracticeRefused(
            reason=_("{tendered} does not cover {amount}.").format(
                tendered=_words(sale, tendered_minor), amount=_words(sale, amount_minor + rounding_minor)
            )
        )
    if tendered_minor is not None and method == "cash":
        to_pay_minor = amount_minor + rounding_minor
        tenders.demand_change(tendered_minor=tendered_minor, to_pay_minor=to_pay_minor, currency=sale.currency)
    tender = {
        "id": str(new_id()),
        "operation_id": str(new_id()),
        "reference": f"T{readable_code(10)}",
        "method": method,
        "amount_minor": amount_minor,
        "tendered_minor": tendered_minor,
        "rounding_minor": rounding_minor,
        "refunded_minor": 0,
        **({"part_id": str(part_id)} if part_id else {}),
    }
    sale.content["tenders"].append(tender)
    if open_minor(sale) == 0:
        sale.completed_at = now
    sale.save()
    return tender


@transaction.atomic
def take_back(*, register: RegisterFacts, sale_id: UUID, quantities: Mapping[UUID, int]) -> tuple[TrainingSale, int]:
    """Practise a return and return the order and what it was worth. :raises PracticeRefused: for more than was sold."""
    sale = get_for_update(register, sale_id)
    lines = {line["id"]: line for line in sale.content["lines"]}
    total = 0
    for line_id, quantity in quantities.items():
        line = lines.get(str(line_id))
        left = line["quantity"] - line["returned"] if line and sale.completed_at else 0
        if line is None or quantity > left:
            raise PracticeRefused(reason=_("At most {left} of this line can come back.").format(left=left))
        line["returned"] += quantity
        total += line["total_minor"] * quantity // line["quantity"]
    _give_back(sale, total)
    sale.save()
    return sale, total


@transaction.atomic
def refund(*, register: RegisterFacts, payment_id: UUID, amount_minor: int) -> tuple[TrainingSale, dict[str, Any]]:
    """Practise a refund of one tender. :raises PracticeRefused: for more than was taken."""
    sale = get_for_update(register, find_by_part(register, payment_id).id)
    tender: dict[str, Any] = next(one for one in sale.content["tenders"] if one["id"] == str(payment_id))
    left = tender["amount_minor"] - tender["refunded_minor"]
    if amount_minor > left:
        raise PracticeRefused(reason=_("At most {left} can be given back.").format(left=_words(sale, left)))
    tender["refunded_minor"] += amount_minor
    sale.save()
    return sale, tender


def get(register: RegisterFacts, sale_id: UUID) -> TrainingSale:
    """Return what was practised at this register. :raises NotFound: for everything else, real orders included."""
    return _one(TrainingSale.objects.filter(id=sale_id, register_id=register.register_id))


def get_for_update(register: RegisterFacts, sale_id: UUID) -> TrainingSale:
    """Lock and return what was practised at this register. :raises NotFound: for everything else."""
    return _one(
        TrainingSale.objects.select_for_update(no_key=True).filter(id=sale_id, register_id=register.register_id)
    )


def find_by_part(register: RegisterFacts, part_id: UUID) -> TrainingSale:
    """Return the practised order with that tender or operation. :raises NotFound: if there is none."""
    rows = TrainingSale.objects.filter(register_id=register.register_id)
    found = rows.filter(content__tenders__contains=[{"id": str(part_id)}]) | rows.filter(
        content__tenders__contains=[{"operation_id": str(part_id)}]
    )
    return _one(found)


def open_minor(sale: TrainingSale) -> int:
    """Return what is left to pay of a practised order."""
    return int(sale.total_minor - sum(tender["amount_minor"] for tender in sale.content["tenders"]))


def cash_to_pay(register: RegisterFacts, sale: TrainingSale) -> int:
    """Return what is to pay in coins if all that is left is paid in cash."""
    left = open_minor(sale)
    return in_cash(left, country=register.country, currency=sale.currency) if left else 0


def _rounding(register: RegisterFacts, sale: TrainingSale, amount_minor: int) -> int:
    to_pay = in_cash(amount_minor, country=register.country, currency=sale.currency)
    if amount_minor != open_minor(sale) and to_pay != amount_minor:
        raise PracticeRefused(
            reason=_("No coins make {amount}; only the last cash of an order is rounded.").format(
                amount=_words(sale, amount_minor)
            )
        )
    return to_pay - amount_minor


def lines_of(sale: TrainingSale) -> list[PricedLine]:
    """Return the lines as they were priced."""
    names = PricedLine.__dataclass_fields__
    return [
        PricedLine(**{name: _typed(name, value) for name, value in line.items() if name in names})
        for line in sale.content["lines"]
    ]


def _words(sale: TrainingSale, minor: int) -> str:
    return money_words(minor, sale.currency)


def _typed(name: str, value: Any) -> Any:
    return UUID(value) if name == "variant_id" and value else value


def _one(rows: Any) -> TrainingSale:
    sale: TrainingSale | None = rows.first()
    if sale is None:
        raise NotFound()
    return sale


def priced(register: RegisterFacts, wanted: Sequence[Wanted], codes: Sequence[str], now: datetime) -> list[PricedLine]:
    """Return the lines at today's prices, as a real order would have them."""
    day = business_date(now, zone=register.zone, cutoff=register.day_cutoff)
    return pricing.price_basket(
        wanted=wanted,
        currency=register.currency,
        country=register.country,
        day=day,
        now=now,
        codes=codes,
        store_id=register.store_id,
        channel_id=find_in_store_id(),
    )


def lines_json(lines: Sequence[PricedLine]) -> list[dict[str, Any]]:
    """Return lines as a practised sale keeps them, each with an id of its own."""
    return [
        {
            **asdict(line),
            "variant_id": str(line.variant_id) if line.variant_id else None,
            "id": str(new_id()),
            "returned": 0,
        }
        for line in lines
    ]


def _next_number(register_id: UUID) -> int:
    db.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"training:{current_merchant_id()}:{register_id}"]
    )
    last = (
        TrainingSale.objects.filter(register_id=register_id)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return (last or 0) + 1


def _give_back(sale: TrainingSale, total: int) -> None:
    for tender in sale.content["tenders"]:
        part = min(total, tender["amount_minor"] - tender["refunded_minor"])
        tender["refunded_minor"] += part
        total -= part
