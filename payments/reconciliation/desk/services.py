"""Decide about exceptions and take decisions back. Each is one transaction with its journal, its audit row and its event; what leaves an exception open is in `passing_on`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.accounts.approvals.services import Wish
from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.ledger import services as ledger
from merchant.merchants import queries as merchants
from payments.reconciliation.desk import hand_matching, limits, live, queries, undoing
from payments.reconciliation.desk.hand_matching import Sides
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.turns import in_turn
from payments.reconciliation.desk.ways import BESIDE_RUNS, BOOKABLE, Standing, legs_of, ways_of
from payments.reconciliation.matching import stages
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.reconciliation.states import EXCEPTION
from payments.records.models import Operation
from payments.settlement.models import Payout, ReportFile

NOTE_LENGTH_MAX = 500
RECIPES = {"write_off": "write_off", "book": "difference_booked", "claim": "difference_claimed"}


class ExceptionNotOpen(AppError):
    """The exception was resolved or explained meanwhile."""

    code = "exception_not_open"
    detail = "This exception is {state} and needs nothing."
    money = "Your decision was not taken, and nothing was booked by it."
    next_step = "Look at how it was resolved. A decision can be undone until its batch is closed."


class ExceptionChanged(AppError):
    """The amount of the exception is another one than the form showed."""

    code = "exception_changed"
    detail = "The amount of this exception changed while the form was open."
    money = "Your decision was not taken, and nothing was booked by it."
    next_step = "Look at the figures as they are now and decide again."


class WayNotOffered(AppError):
    """The kind of exception has no such way out."""

    code = "way_not_offered"
    status = 422
    detail = "A difference of the kind '{kind}' cannot be resolved by '{way}'."
    money = "Nothing was booked."
    next_step = "Choose one of: {offered}."


class DecisionNotStanding(AppError):
    """There is no decision to take back: it was undone, or data closed the exception."""

    code = "decision_not_standing"
    detail = "There is no decision about this exception that could be undone."


class BatchClosed(AppError):
    """The batch the decision belongs to is closed."""

    code = "batch_closed"
    detail = "The batch was closed by {who}; nothing of it is undone any more."
    money = "The books stay as they are."
    next_step = "Book a correction in the open period instead."


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody wants to close an exception. `account` is needed for `book` alone, `partner` (an id or a reference) for `link`."""

    way: str
    note: str = ""
    account: str = ""
    partner: str = ""


@in_turn()
def decide(
    *, exception_id: UUID | str, choice: Choice, role: str, now: datetime, approval_id: UUID | None = None
) -> Decision:
    """
    Close an exception in one of its ways and book what that way books, or bind it by hand to what somebody chose.

    `role` is that of whoever decides ("" for a key); above what its limit leaves them that day another person's approval is used up. Locks the exception, then
    the decisions of this person. A later run leaves it closed as long as its amount stays the same.

    :raises NotFound: if it is not the merchant's. :raises ExceptionNotOpen: if somebody was faster.
    :raises WayNotOffered: if the kind has no such way. :raises ApprovalNeeded: above the limit without an approval that fits.
    :raises NotOpen, DoNotBelong: for a partner by hand that is taken, or cannot be it.
    """
    found = lock_open(exception_id)
    standing = queries.standing_of(found)
    check_way(standing, choice)
    today = today_of(now)
    decision = decision_of(found, standing, choice, now=now)
    if choice.way == "link":
        return _link(found, decision, choice.partner, now=now)
    limits.wait_for_own_turn()
    if limits.needs_second_person(role=role, way=choice.way, minor=standing.minor, currency=found.currency, day=today):
        wish = wish_for(found, standing, choice)
        sign(decision, approvals.use_approval(approval_id=approval_id, wish=wish))
    carry_out(found, standing, decision, day=today, now=now)
    tell_unsettled([found])
    return decision


def decision_of(found: Deviation, standing: Standing, choice: Choice, *, now: datetime) -> Decision:
    """Return a decision of the actor in scope, not stored yet."""
    return Decision(
        deviation=found,
        way=choice.way,
        account=choice.account if choice.way in ("book", "rounding") else "",
        amount_minor=standing.minor,
        currency=found.currency,
        note=choice.note[:NOTE_LENGTH_MAX],
        decided_by=current_actor().name[:120],
        decided_by_key=current_actor().key,
        decided_at=now,
    )


def sign(decision: Decision, approval: Approval) -> None:
    """Write the second person on a decision."""
    decision.approval_id = approval.id
    decision.approved_by = str(approval.decided_by.user)[:120] if approval.decided_by else ""


def carry_out(found: Deviation, standing: Standing, decision: Decision, *, day: date, now: datetime) -> Decision:
    """
    Book a decision that was checked, store it and close its exception, in the caller's transaction. The exception is locked and open.

    The caller calls `tell_unsettled`, once for all it decides.
    """
    legs = legs_of(standing, decision.way, decision.account)
    if legs and found.statement_line_id and standing.account == "bank":
        decision.match_id = _use_up(found, now=now)
    decision.save(force_insert=True)
    if legs:
        decision.journal_id = ledger.post(
            recipe=RECIPES.get(decision.way, "difference_booked"), source=f"decision:{decision.id}", about=f"exception:{found.id}", legs=legs,
            business_date=day, now=now, text=(decision.note or found.cause)[:200],
        )  # fmt: skip
        decision.save(update_fields=["journal_id"])
    move(found, EXCEPTION, "resolved", resolution=_words(decision)[:200], resolved_at=now, snoozed_until=None)
    record("exception.resolved", found, now=now, data=_told(decision))
    return decision


def tell_unsettled(decided: Sequence[Deviation]) -> None:
    """Have `stages` told what the processor still owes of the payments that were settled short and decided about, or are again to be, in the caller's transaction."""
    operations = [
        one.operation_id for one in decided if one.kind == "amount" and one.settlement_line_id and one.operation_id
    ]
    if operations:
        stages.tell_unsettled(operations)


def _link(found: Deviation, decision: Decision, partner: str, *, now: datetime) -> Decision:
    """Bind the row or the bank line of an exception to an operation or a payout; the match closes the exception."""
    sides = _sides(found, partner.strip())
    [match, *_rest] = hand_matching.match_by_hand(sides=sides, reason=decision.note or "Matched by hand", now=now)
    decision.match_id = match.id
    decision.save(force_insert=True)
    found.refresh_from_db()
    record("exception.resolved", found, now=now, data=_told(decision))
    return decision


def _sides(found: Deviation, partner: str) -> Sides:
    table: type[Operation] | type[Payout] = Payout if found.statement_line_id else Operation
    key = typed_id(partner)
    rows = table.objects.filter(id=key) if key else table.objects.filter(reference=partner)
    ids = list(rows.values_list("id", flat=True)[:2])
    if len(ids) != 1:
        raise Invalid(reason=_("name what it belongs to: one of the suggestions, or its reference"))
    if found.statement_line_id:
        return Sides(statement_line_id=found.statement_line_id, payout_ids=ids)
    return Sides(settlement_line_ids=[UUID(str(found.settlement_line_id))], operation_ids=ids)


def _use_up(found: Deviation, *, now: datetime) -> UUID:
    """Bind a bank line that is booked by hand, so that no run binds it to a payout as well. :raises ExceptionNotOpen: if a run just did."""
    line = StatementLine.objects.get(id=found.statement_line_id)
    if Match.objects.filter(statement_line_id=line.id, undone_at=None).exists():
        raise ExceptionNotOpen(state=_("explained by a match"))
    match = Match.objects.create(
        rule="booked_by_hand", statement_line_id=line.id, amount_minor=line.amount_minor, currency=line.currency,
        evidence={"exception": str(found.id)}, matched_at=now,
    )  # fmt: skip
    return UUID(str(match.id))


@in_turn()
def undo(*, exception_id: UUID | str, note: str, now: datetime) -> Decision:
    """
    Take the decision about an exception back: its journal is reversed, the exception is open again, the decision stays as history.

    Locks the exception, then its batch; before them it keeps runs away where they write the same.

    :raises NotFound: if it is not the merchant's. :raises DecisionNotStanding: if there is none. :raises BatchClosed: once its batch is closed.
    """
    if Deviation.objects.filter(Q(status="cleared") | Q(kind="amount"), id=exception_id).exists():
        hold_runs()
    found = lock(exception_id)
    decision = queries.find_decision(found)
    if decision is None:
        raise DecisionNotStanding()
    demand_open_batch(found)
    take_back(decision, note=note, now=now)
    move(found, EXCEPTION, "open", resolution="", resolved_at=None)
    tell_unsettled([found])
    record("exception.reopened", found, now=now, data={**_told(decision), "note": note[:NOTE_LENGTH_MAX]})
    return decision


def take_back(decision: Decision, *, note: str, now: datetime) -> None:
    """Reverse what a decision booked and mark it undone, in the caller's transaction."""
    if decision.journal_id:
        decision.reversal_id = ledger.reverse(
            journal_id=decision.journal_id, source=f"decision:{decision.id}", business_date=today_of(now), now=now,
            text=f"Taken back: {note}"[:200],
        )  # fmt: skip
    decision.undone_at, decision.undone_by = now, current_actor().name[:120]
    decision.undone_note = note[:NOTE_LENGTH_MAX]
    decision.save(update_fields=["undone_at", "undone_by", "undone_note", "reversal_id"])
    if decision.way == "link":
        # Whatever a run named because of the match is closed with it; only its own exception is opened here, others by the next run.
        undoing.undo_match(match_id=str(decision.match_id), reason=note or "Taken back", now=now)
    elif decision.match_id:
        Match.objects.filter(id=decision.match_id, undone_at=None).update(undone_at=now)


def demand_open_batch(found: Deviation) -> None:
    """Lock the batch of an exception against being closed meanwhile. :raises BatchClosed: if it is closed."""
    batch = queries.batch_of(found)
    if batch.report_id:
        ReportFile.objects.select_for_update(no_key=True).filter(id=batch.report_id).values_list("id").first()
    if batch.statement_id:
        StatementFile.objects.select_for_update(no_key=True).filter(id=batch.statement_id).values_list("id").first()
    closing = queries.find_closing(batch)
    if closing is not None:
        raise BatchClosed(who=closing.closed_by)


def lock_open(exception_id: UUID | str) -> Deviation:
    """Return an exception that waits for a decision, locked; one of `BESIDE_RUNS` under the reconciliation lock. :raises NotFound: if there is none. :raises ExceptionNotOpen: if it needs nothing any more."""
    if Deviation.objects.filter(id=exception_id, kind__in=BESIDE_RUNS).exists():
        hold_runs()
    found = lock(exception_id)
    if found.status != "open":
        raise ExceptionNotOpen(state=found.status)
    return found


def hold_runs() -> None:
    """Keep runs away until the transaction ends. Taken before any exception is locked, as runs do."""
    stages.lock()


def check_way(standing: Standing, choice: Choice) -> None:
    """:raises WayNotOffered: if an exception cannot be resolved so. :raises Invalid: for an account that differences are not booked to."""
    offered = {way.name: way for way in ways_of(standing) if way.name != "wait"}
    if choice.way not in offered:
        raise WayNotOffered(kind=standing.kind, way=choice.way, offered=", ".join(offered))
    if choice.way == "book" and not choice.account:
        raise Invalid(reason=_("choose the account it is booked to"))
    if choice.way == "book" and choice.account not in offered["book"].legs:
        raise Invalid(reason=_("a difference is booked to one of {known}").format(known=", ".join(BOOKABLE)))


def wish_for(found: Deviation, standing: Standing, choice: Choice) -> Wish:
    """Return what a second person is asked for: this way, for this exception, up to this amount."""
    what = f"{choice.way}:{choice.account}" if choice.way == "book" else choice.way
    reason = f"{_reason_head(found, choice.way)} {choice.note}".strip()
    amount = Money(abs(standing.minor), found.currency)
    return Wish("reconciliation.approve", f"exception:{found.id}:{what}", reason, amount)


def choice_of(found: Deviation, asked: Approval) -> Choice:
    """Return the choice that `wish_for` asked about, with as much of its note as the second person reads."""
    _kind, _key, way, *account = asked.subject.split(":")
    note = asked.reason.removeprefix(_reason_head(found, way)).strip()
    return Choice(way, note, account[0] if account else "")


def _reason_head(found: Deviation, way: str) -> str:
    return f"{way.replace('_', ' ')}: {found.reference}"


def lock(exception_id: UUID | str) -> Deviation:
    """Return an exception, whatever its state, locked. :raises NotFound: if the merchant has none."""
    found: Deviation | None = Deviation.objects.select_for_update().filter(id=exception_id).first()
    if found is None:
        raise NotFound()
    return found


def today_of(now: datetime) -> date:
    """Return the merchant's business day at a moment."""
    merchant = merchants.get_merchant(current_merchant_id())
    return business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)


def _words(decision: Decision) -> str:
    return decision.note or decision.way.replace("_", " ")


def _told(decision: Decision) -> dict[str, Any]:
    return {
        "decision_id": str(decision.id),
        "way": decision.way,
        "account": decision.account,
        "amount_minor": decision.amount_minor,
        "currency": decision.currency,
        "note": decision.note,
        "approved_by": decision.approved_by,
        "journal_id": str(decision.journal_id) if decision.journal_id else None,
    }


def record(action: str, found: Deviation, *, now: datetime, data: dict[str, Any]) -> None:
    """Write an act on an exception to the audit log, the events and the open pages, in the caller's transaction."""
    audit.record(action, subject=f"exception:{found.id}", now=now, data={"kind": found.kind, **data})
    outbox.publish(action, f"exception:{found.id}", {"exception_id": str(found.id), "kind": found.kind, **data})
    live.tell(action, exception_id=str(found.id))
