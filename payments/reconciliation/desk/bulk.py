"""One decision about many exceptions of one kind: one approval, one answer for each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.accounts.approvals.services import Wish
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.ids import new_id
from merchant.core.money import Money
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.merchants import queries as merchants
from payments.reconciliation.desk import limits, queries, services
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.turns import RunGoesOn, in_turn
from payments.reconciliation.desk.ways import BESIDE_RUNS, Standing
from payments.reconciliation.models import Deviation

# What fits on a screen and into one short transaction.
SELECTED_MAX = 200


class KindsDiffer(AppError):
    """A selection is decided in one way, so it has to be of one kind."""

    code = "kinds_differ"
    status = 422
    detail = "The selected exceptions are of different kinds: {kinds}."
    money = "Nothing was decided."
    next_step = "Filter by one kind and select again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one exception of a selection. `code` and `message` say why not, "" where it was done; `selection_id` takes all of it back."""

    exception_id: UUID
    reference: str
    is_resolved: bool
    code: str = ""
    message: str = ""
    selection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    found: Deviation
    standing: Standing
    day: date


@dataclass(frozen=True, slots=True)
class _Selection:
    choice: Choice
    approval: Approval | None
    id: UUID


@in_turn()
def decide_many(
    *, exception_ids: Sequence[UUID], choice: Choice, role: str, now: datetime, approval_id: UUID | None = None
) -> list[Answer]:
    """
    Decide about a selection in one way; return an answer for each in the order of the selection.

    What one of them is refused for leaves the others decided. What they come to together, with what the person decided alone that day, is measured by the limit of `role` and needs one approval. Locks all
    of them, in the order of their ids.

    :raises Invalid: for an empty or too large selection. :raises KindsDiffer: unless they are of one kind.
    :raises ApprovalNeeded: above the limit without an approval for exactly this selection.
    """
    ids = list(dict.fromkeys(exception_ids))
    if not 0 < len(ids) <= SELECTED_MAX:
        raise Invalid(reason=_("a selection is of 1 to {number} exceptions").format(number=SELECTED_MAX))
    if Deviation.objects.filter(id__in=ids, kind__in=BESIDE_RUNS).exists():
        services.hold_runs()
    rows = list(Deviation.objects.select_for_update().filter(id__in=ids).order_by("id"))
    kinds = sorted({row.kind for row in rows})
    if len(kinds) > 1:
        raise KindsDiffer(kinds=", ".join(kinds))
    today = services.today_of(now)
    if choice.way == "link":
        raise services.WayNotOffered(kind=kinds[0] if kinds else "", way="link", offered="write_off, book, claim, note")
    waiting = {row.id: _Row(row, queries.standing_of(row), today) for row in rows if row.status == "open"}
    approval = _approved(list(waiting.values()), choice, role=role, approval_id=approval_id)
    known, made = {row.id: row for row in rows}, _Selection(choice, approval, new_id())
    answers = [_answer(one, known.get(one), waiting.get(one), made, now=now) for one in ids]
    services.tell_unsettled(rows)
    return answers


@in_turn()
def undo_selection(*, selection_id: UUID, note: str, now: datetime) -> list[Answer]:
    """
    Take back what still stands of one decision about many; return an answer for each, in the order of their ids. A repeat finds nothing standing.

    What cannot be taken back (its batch is closed) stays decided and leaves the others undone. Locks the exceptions in the order of their ids.

    :raises NotFound: if the merchant has no such selection.
    """
    require_selection(selection_id)
    decisions = Decision.objects.filter(selection_id=selection_id, undone_at=None).select_related("deviation")
    standing = list(decisions.order_by("deviation_id"))
    return [_taken_back(one, note=note, now=now) for one in standing]


def require_selection(selection_id: UUID) -> None:
    """:raises NotFound: if the merchant never decided about several under this id."""
    if not Decision.objects.filter(selection_id=selection_id).exists():
        raise NotFound()


def _taken_back(decision: Decision, *, note: str, now: datetime) -> Answer:
    found = decision.deviation
    try:
        with transaction.atomic():
            services.undo(exception_id=found.id, note=note, now=now)
    except RunGoesOn:
        # The next of them would wait as long.
        raise
    except AppError as error:
        return Answer(found.id, found.reference, False, error.code, error.message)
    return Answer(found.id, found.reference, True)


def wish_for(rows: Sequence[tuple[Deviation, Standing]], choice: Choice, *, day: date) -> Wish:
    """Return what a second person is asked for: this way, for exactly these exceptions, up to what they come to together in the base currency."""
    base = merchants.base_currency(current_merchant_id())
    total = sum(
        ledger.worth_in_base(minor=abs(standing.minor), currency=standing.currency, day=day)
        for _found, standing in rows
    )
    named = ",".join(sorted(str(found.id) for found, _standing in rows))
    print_ = hashlib.sha256(f"{choice.way}:{choice.account}:{named}".encode()).hexdigest()[:32]
    number = ngettext("{n} difference", "{n} differences", len(rows)).format(n=len(rows))
    reason = f"{choice.way.replace('_', ' ')}: {number}. {choice.note}".strip()
    return Wish("reconciliation.approve", f"exceptions:{print_}", reason, Money(total, base))


def wish_of(exception_ids: Sequence[UUID], choice: Choice, *, now: datetime) -> Wish | None:
    """Return what a second person is asked for about a selection as it stands now, None where nothing of it is open."""
    rows = Deviation.objects.filter(id__in=exception_ids, status="open").order_by("id")
    open_now = [(row, queries.standing_of(row)) for row in rows[:SELECTED_MAX]]
    return wish_for(open_now, choice, day=services.today_of(now)) if open_now else None


def _approved(rows: list[_Row], choice: Choice, *, role: str, approval_id: UUID | None) -> Approval | None:
    if not rows:
        return None
    wish = wish_for([(row.found, row.standing) for row in rows], choice, day=rows[0].day)
    assert wish.amount is not None
    limits.wait_for_own_turn()
    is_needed = limits.needs_second_person(
        role=role, way=choice.way, minor=wish.amount.minor, currency=wish.amount.currency, day=rows[0].day
    )
    return approvals.use_approval(approval_id=approval_id, wish=wish) if is_needed else None


def _answer(
    exception_id: UUID, found: Deviation | None, row: _Row | None, made: _Selection, *, now: datetime
) -> Answer:
    if found is None:
        return Answer(exception_id, "", False, "not_found", "There is no such exception.")
    if row is None:
        error: AppError = services.ExceptionNotOpen(state=found.status)
        return Answer(exception_id, found.reference, False, error.code, error.message)
    try:
        with transaction.atomic():
            services.check_way(row.standing, made.choice)
            services.carry_out(found, row.standing, _decision(row, made, now=now), day=row.day, now=now)
    except RunGoesOn:
        # The next of them would wait as long.
        raise
    except AppError as error:
        return Answer(exception_id, found.reference, False, error.code, error.message)
    return Answer(exception_id, found.reference, True, selection_id=made.id)


def _decision(row: _Row, made: _Selection, *, now: datetime) -> Decision:
    decision = services.decision_of(row.found, row.standing, made.choice, now=now)
    decision.selection_id = made.id
    if made.approval is not None:
        services.sign(decision, made.approval)
    return decision
