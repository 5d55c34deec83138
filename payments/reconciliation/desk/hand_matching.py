"""
Matches that a person makes.

Making one holds the reconciliation lock, so no run works beside it. It uses both sides up as any match does, and the database adds up the parts of a group. What
somebody decided about the same money has to be taken back first; how a match is, says `undoing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import new_id
from merchant.core.outbox import services as outbox
from merchant.core.telling import money_words
from merchant.core.tenancy import current_actor
from payments.reconciliation.desk.turns import in_turn
from payments.reconciliation.matching import bank_lines as banking
from payments.reconciliation.matching import sharing, stages
from payments.reconciliation.models import Deviation, Match, StatementLine
from payments.records.models import Operation
from payments.settlement.models import Payout, SettlementLine

RULE = "by_hand"


class NotOpen(AppError):
    """One side is matched already, or somebody has decided about it."""

    code = "already_matched"
    detail = "{what} {reference} is {state} already."
    money = "Nothing was matched and nothing was booked."
    next_step = "Undo that first."


class DoNotBelong(AppError):
    """The sides cannot be one fact: another account, currency or direction, or parts that do not make the whole."""

    code = "sides_do_not_belong"
    status = 422
    detail = "These cannot be matched: {reason}."
    money = "Nothing was matched and nothing was booked."


@dataclass(frozen=True, slots=True)
class Sides:
    """What is to be matched: report rows with operations, or a bank line with payouts. One side is a single one."""

    settlement_line_ids: Sequence[UUID] = ()
    operation_ids: Sequence[UUID] = ()
    statement_line_id: UUID | None = None
    payout_ids: Sequence[UUID] = ()


@in_turn()
def match_by_hand(*, sides: Sides, reason: str, now: datetime) -> list[Match]:
    """
    Match what a person says belongs together, book what follows and close what was open about it. Returns the matches, one for each pair.

    A single row and a single operation, or a line and a payout, may differ in amount: the difference becomes an exception. Several on one side must come to the other.

    :raises NotFound: if one is not the merchant's.
    :raises NotOpen: if one is matched, or its exception was decided.
    :raises DoNotBelong: by account, currency, direction or sum.
    """
    stages.lock()
    if sides.statement_line_id is not None:
        made = _match_bank(sides, reason=reason, now=now)
    else:
        made = _match_rows(sides, reason=reason, now=now)
    for match in made:
        data = {"amount_minor": match.amount_minor, "currency": match.currency, "reason": reason[:200]}
        audit.record("match.made", subject=f"match:{match.id}", now=now, data=data)
    outbox.publish("match.made", f"match:{made[0].id}", {"match_ids": [str(match.id) for match in made]})
    return made


def _match_rows(sides: Sides, *, reason: str, now: datetime) -> list[Match]:
    lines = _chosen(SettlementLine, sides.settlement_line_ids)
    operations = _chosen(Operation, sides.operation_ids)
    _demand_rows_belong(lines, operations)
    parts = _parts(
        [sale_minor(line) for line in lines], [signed_minor(operation) for operation in operations], lines[0].currency
    )
    _demand_open(
        [f"line:{line.id}" for line in lines] + [f"missing:{operation.id}" for operation in operations],
        Match.objects.filter(id__in=[line.id for line in lines]) | Match.objects.filter(operation_id__in=sides.operation_ids, undone_at=None),
    )  # fmt: skip
    group = new_id() if len(parts) > 1 else None
    made = [
        Match(
            id=lines[of_line].id if of_operation == 0 or len(lines) > 1 else new_id(), rule=RULE, settlement_line_id=lines[of_line].id,
            operation_id=operations[of_operation].id, amount_minor=minor, currency=_sale_currency(lines[of_line]), group_id=group,
            part=of_line if len(lines) > 1 else 0, evidence=_said(reason), matched_at=now,
        )
        for of_line, of_operation, minor in parts
    ]  # fmt: skip
    for match in made:
        match.save(force_insert=True)
    _close_open([f"line:{line.id}" for line in lines] + [f"missing:{one.id}" for one in operations], reason, now=now)
    if group is None:
        _name_difference(lines[0], operations[0], now=now)
    stages.open_lines(made)
    return made


def _match_bank(sides: Sides, *, reason: str, now: datetime) -> list[Match]:
    [line] = _chosen(StatementLine, [sides.statement_line_id] if sides.statement_line_id else [])
    payouts = _chosen(Payout, sides.payout_ids)
    open_minor = [payout.amount_minor - payout.arrived_minor for payout in payouts]
    if any(payout.currency != line.currency for payout in payouts):
        raise DoNotBelong(reason=_("the currencies differ"))
    if any(minor * line.amount_minor <= 0 for minor in open_minor):
        raise DoNotBelong(reason=_("the money went the other way, or has arrived already"))
    parts = _parts([line.amount_minor], open_minor, line.currency)
    keys = [f"bank:{line.id}", *(f"payout_missing:{payout.id}" for payout in payouts)]
    _demand_open(keys, Match.objects.filter(statement_line_id=line.id, undone_at=None))
    group = new_id() if len(parts) > 1 else None
    made = []
    for _part, number, minor in parts:
        match = Match(
            rule=RULE, statement_line_id=line.id, payout_id=payouts[number].id, amount_minor=minor, currency=line.currency, group_id=group,
            part=number, evidence=_said(reason), matched_at=now,
        )  # fmt: skip
        match.save(force_insert=True)
        banking.take_arrival(
            match_id=match.id,
            payout_id=payouts[number].id,
            line_id=line.id,
            minor=minor,
            currency=line.currency,
            now=now,
        )
        made.append(match)
    stages.tell_payouts([payout.id for payout in payouts])
    _close_open(keys, reason, now=now)
    return made


def _chosen(model: Any, ids: Sequence[UUID]) -> list[Any]:
    found = {row.id: row for row in model.objects.filter(id__in=ids)}
    if not ids or len(found) != len(set(ids)):
        raise NotFound()
    return [found[one] for one in dict.fromkeys(ids)]


def _demand_rows_belong(lines: list[SettlementLine], operations: list[Operation]) -> None:
    if any(line.kind not in ("sale", "refund") for line in lines):
        raise DoNotBelong(reason=_("only sales and refunds are matched with payments"))
    if any(operation.status != "succeeded" or operation.kind in ("void", "take_back") for operation in operations):
        raise DoNotBelong(reason=_("no money moved with that operation"))
    if len({line.gateway_account_id for line in lines} | {one.gateway_account_id for one in operations}) != 1:
        raise DoNotBelong(reason=_("they are of different accounts"))
    if len({line.kind == "refund" for line in lines} | {one.kind == "refund" for one in operations}) != 1:
        raise DoNotBelong(reason=_("one is a sale and one a refund"))
    if (
        len(lines) + len(operations) > 2
        and len({_sale_currency(line) for line in lines} | {one.currency for one in operations}) != 1
    ):
        raise DoNotBelong(reason=_("the currencies differ"))


def _parts(first: list[int], second: list[int], currency: str) -> list[tuple[int, int, int]]:
    """Return (index of the first side, of the second, minor) for each pair. :raises DoNotBelong: if both sides are several, too many, or do not come to the same."""
    if len(first) == len(second) == 1:
        return [(0, 0, first[0])]
    if min(len(first), len(second)) != 1 or max(len(first), len(second)) > sharing.PARTS_MAX:
        raise DoNotBelong(reason=_("one side has to be a single one"))
    if sum(first) != sum(second):
        raise DoNotBelong(
            reason=_("the parts differ from the whole by {difference}").format(
                difference=money_words(sum(first) - sum(second), currency)
            )
        )
    if len(first) == 1:
        return [(0, number, minor) for number, minor in enumerate(second)]
    return [(number, 0, minor) for number, minor in enumerate(first)]


def _demand_open(keys: list[str], live: Any) -> None:
    taken = live.order_by("id").first()
    if taken is not None:
        raise NotOpen(
            what=_("One of them"), reference=str(taken.settlement_line_id or taken.statement_line_id), state="matched"
        )
    decided = Deviation.objects.filter(dedup_key__in=keys, status="resolved").first()
    if decided is not None:
        raise NotOpen(what=_("The exception of"), reference=decided.reference, state="decided")


def _close_open(keys: list[str], reason: str, *, now: datetime) -> None:
    Deviation.objects.filter(dedup_key__in=keys, status="open").update(
        status="cleared", resolution=f"Matched by hand: {reason}"[:200], resolved_at=now
    )


def _name_difference(line: SettlementLine, operation: Operation, *, now: datetime) -> None:
    ours, theirs, currency = signed_minor(operation), sale_minor(line), _sale_currency(line)
    if ours == theirs and currency == operation.currency:
        return
    kind = "amount" if currency == operation.currency else "currency"
    told = {
        "kind": kind, "reference": operation.reference, "amount_minor": theirs - ours if kind == "amount" else theirs, "currency": currency,
        "expected_minor": ours, "found_minor": theirs, "cause": "Matched by hand, with another amount.", "gateway_account_id": line.gateway_account_id,
        "operation_id": operation.id, "settlement_line_id": line.id, "business_date": operation.business_date, "found_at": now, "status": "open",
        "resolution": "", "resolved_at": None,
    }  # fmt: skip
    Deviation.objects.update_or_create(dedup_key=f"{kind}:{line.id}", defaults=told)


def signed_minor(operation: Operation) -> int:
    """Return what moved with an operation, as a report shows it: a refund is negative."""
    minor = operation.amount_minor if operation.result_minor is None else operation.result_minor
    return -minor if operation.kind == "refund" else minor


def sale_minor(line: SettlementLine) -> int:
    """Return what a row says was sold, in the currency of the sale."""
    return line.gross_minor if line.original_gross_minor is None else line.original_gross_minor


def _sale_currency(line: SettlementLine) -> str:
    return line.currency if line.original_gross_minor is None else line.original_currency


def _said(reason: str) -> dict[str, str]:
    return {"by": current_actor().name, "because": reason[:200]}
