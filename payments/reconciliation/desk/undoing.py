"""
Matches that a person takes back.

What is undone stays as history, and no rule makes that pair a second time. What the books went on from cannot be undone by itself.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_actor
from merchant.ledger import queries as ledger_queries
from merchant.ledger import services as ledger
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.turns import in_turn
from payments.reconciliation.matching import stages
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.records.models import Operation
from payments.settlement.models import ReportFile, SettlementLine
from payments.settlement.states import standing_sql


class MatchIsFixed(AppError):
    """The books went on from this match, so it cannot be undone by itself."""

    code = "match_is_fixed"
    detail = "This match cannot be undone: {reason}."
    money = "Nothing was changed."
    next_step = "Undo what followed from it first, or correct the difference with a booking of its own."


@in_turn()
def undo_match(*, match_id: UUID | str, reason: str, now: datetime) -> list[Match]:
    """
    Take a match, with all of its group, back: both sides are open again, and no rule makes this pair a second time. Returns what was undone.

    What the bank had brought of a payout is booked back. Differences of the match are closed with it. A match that is undone already stays so and is returned.

    :raises NotFound: if it is not the merchant's.
    :raises MatchIsFixed: for disputes, deposits, amounts taken back and customers' transfers, whose books went on; where it or a difference of it was decided; and once
        its batch is closed.
    """
    stages.lock()
    chosen = Match.objects.filter(id=match_id).first()
    if chosen is None:
        raise NotFound()
    if chosen.undone_at is not None:
        return [chosen]
    found = [chosen]
    if chosen.group_id is not None:
        found = list(Match.objects.filter(group_id=chosen.group_id, undone_at=None).order_by("part", "id"))
    _demand_loose(found)
    _demand_undecided(found)
    _demand_open_batches(found)
    _close_differences(found, now=now)
    for match in found:
        if match.payout_id is not None:
            _book_back(match, now=now)
    undone = _mark_undone(found, reason=reason, now=now)
    stages.open_lines(found)
    stages.tell_payouts([match.payout_id for match in found if match.payout_id is not None])
    for match in undone:
        data = {"rule": match.rule, "amount_minor": match.amount_minor, "reason": reason[:200]}
        audit.record("match.undone", subject=f"match:{match.id}", now=now, data=data)
    outbox.publish("match.undone", f"match:{undone[0].id}", {"match_ids": [str(match.id) for match in undone]})
    return undone


def _demand_loose(found: list[Match]) -> None:
    for match in found:
        if match.dispute_id or match.deposit_id:
            raise MatchIsFixed(reason=_("it moved a dispute") if match.dispute_id else _("it booked a deposit"))
        if match.statement_line_id and match.operation_id:
            raise MatchIsFixed(reason=_("it is a customer's payment; refund it on the order"))
    if Operation.objects.filter(id__in=[match.operation_id for match in found if match.operation_id], kind="take_back"):
        raise MatchIsFixed(reason=_("it explained an amount that was taken back"))


def _demand_undecided(found: list[Match]) -> None:
    """Refuse what a decision made: its journal would stand without the match."""
    if Decision.objects.filter(match_id__in=[match.id for match in found], undone_at=None).exists():
        raise MatchIsFixed(reason=_("it follows from a decision"))


def _demand_open_batches(found: list[Match]) -> None:
    """Lock the batches of these matches against being closed meanwhile, and refuse if one is."""
    lines = SettlementLine.objects.filter(id__in=[match.settlement_line_id for match in found])
    entries = StatementLine.objects.filter(id__in=[match.statement_line_id for match in found])
    reports, statements = (
        set(lines.values_list("report_id", flat=True)),
        set(entries.values_list("statement_id", flat=True)),
    )
    for table, ids in ((ReportFile, reports), (StatementFile, statements)):
        list(table.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").values_list("id"))
    closings = BatchClosing.objects.filter(report_id__in=reports) | BatchClosing.objects.filter(
        statement_id__in=statements
    )
    closing = closings.order_by("id").first()
    if closing is not None:
        raise MatchIsFixed(reason=_("its batch was closed by {who}").format(who=closing.closed_by))


def _difference_keys(match: Match) -> list[str]:
    if match.payout_id is not None:
        return [f"payout:{match.payout_id}"]
    kinds = ("amount", "currency", "fee", "fx", "late")
    return [*(f"{kind}:{match.settlement_line_id}" for kind in kinds), f"split:{match.operation_id}"]


def _close_differences(found: list[Match], *, now: datetime) -> None:
    differences = Deviation.objects.filter(dedup_key__in=[key for match in found for key in _difference_keys(match)])
    if differences.filter(status="resolved").exists():
        raise MatchIsFixed(reason=_("a difference of it was decided"))
    differences.filter(status="open").update(status="cleared", resolution="The match was undone.", resolved_at=now)


_LEAVE_PAYOUT = f"""
UPDATE settlement_payout SET arrived_minor = arrived_minor - %(minor)s,
    status = {standing_sql(arrived="arrived_minor - %(minor)s", amount="amount_minor")}
WHERE id = %(payout)s
"""  # noqa: S608


def _book_back(match: Match, *, now: datetime) -> None:
    journal_id = ledger_queries.get_journal_id(recipe="bank_payout_matched", source=f"match:{match.id}")
    line = StatementLine.objects.get(id=match.statement_line_id)
    ledger.reverse(journal_id=journal_id, source=f"match:{match.id}:undone", business_date=line.booked_on, now=now)
    db.execute(_LEAVE_PAYOUT, {"minor": match.amount_minor, "payout": match.payout_id})


# The live match of a report row has the row's id; as history it has one of its own.
_UNDO = """
UPDATE recon_match SET id = CASE WHEN settlement_line_id IS NULL THEN id ELSE new_uuid7() END, undone_at = %(now)s, is_barred = true,
    evidence = evidence || jsonb_build_object('undone_by', %(who)s::text, 'undone_because', %(reason)s::text)
WHERE id = ANY(%(ids)s) RETURNING id
"""


def _mark_undone(found: list[Match], *, reason: str, now: datetime) -> list[Match]:
    parameters = {"now": now, "who": current_actor().name, "reason": reason[:200], "ids": [match.id for match in found]}
    ids = [row[0] for row in db.rows(_UNDO, parameters)]
    return list(Match.objects.filter(id__in=ids).order_by("part", "id"))
