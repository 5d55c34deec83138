"""Close a batch: everything in it is matched or decided, and stays so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.ledger import services as ledger
from merchant.merchants import queries as merchants
from payments.reconciliation.desk import limits, live, queries, services
from payments.reconciliation.desk.models import BatchClosing
from payments.reconciliation.desk.queries import Batch
from payments.reconciliation.desk.turns import in_turn
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile


class BatchNotDone(AppError):
    """Something in the batch still waits for a match or a person."""

    code = "batch_not_done"
    detail = "{left} of this batch still wait for a decision."
    next_step = "Resolve what is open, or wait for the next run, then close it."


class BatchAlreadyClosed(AppError):
    """Somebody closed the batch before."""

    code = "batch_already_closed"
    detail = "This batch was closed by {who}."


class BatchNotTaken(AppError):
    """Nothing of the file is booked: it waits for its other pages, is being read, was refused or does not add up."""

    code = "batch_not_taken"
    detail = "Nothing of this file is booked, so there is nothing to close."
    next_step = "Look at the file under Imports; once it is booked and everything in it is resolved, close it."


# Why a second person is asked to close a batch, as it is kept and as it is read.
DECIDED_ALONE = "close a batch with decisions of one person"
DECIDED_ALONE_WORDS = gettext_lazy("Close a batch with decisions of one person")
# Exceptions of a report: those of its rows and payouts, and what no row names that it is the first to cover.
OF_REPORT = """
SELECT e.id FROM recon_exception e JOIN settlement_line l ON l.id = e.settlement_line_id WHERE e.merchant_id = %(merchant)s AND l.report_id = %(batch)s
UNION
SELECT e.id FROM recon_exception e JOIN settlement_payout p ON p.id = e.payout_id WHERE e.merchant_id = %(merchant)s AND p.report_id = %(batch)s
UNION
SELECT e.id FROM recon_exception e JOIN settlement_report r ON r.id = %(batch)s
WHERE e.merchant_id = %(merchant)s AND e.settlement_line_id IS NULL AND e.payout_id IS NULL AND e.gateway_account_id = r.gateway_account_id
    AND e.business_date <= r.covers_until AND NOT EXISTS (SELECT FROM settlement_report earlier WHERE earlier.gateway_account_id = r.gateway_account_id
        AND earlier.status = 'posted' AND earlier.covers_until >= e.business_date AND (earlier.covers_until, earlier.id) < (r.covers_until, r.id))
"""
OF_STATEMENT = """
SELECT e.id FROM recon_exception e JOIN bank_statement_line b ON b.id = e.statement_line_id WHERE e.merchant_id = %(merchant)s AND b.statement_id = %(batch)s
"""
# Files whose rows are booked. What comes of another later (a page of a statement that waits) would stand in a closed batch, and nobody has looked at it.
_BOOKED = {ReportFile: ("posted",), StatementFile: ("balanced", "unproven")}
_STATES = "SELECT status, count(*)::int FROM recon_exception WHERE id IN ({of_batch}) GROUP BY status"
# Sales and refunds that neither a match nor an exception explains: no run has seen them yet.
_UNSEEN = """
SELECT count(*)::int FROM settlement_line l WHERE l.report_id = %(batch)s AND l.kind IN ('sale', 'refund')
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.id = l.id) AND NOT EXISTS (SELECT FROM recon_exception e WHERE e.settlement_line_id = l.id)
"""
_UNSEEN_BANK = """
SELECT count(*)::int FROM bank_statement_line b WHERE b.statement_id = %(batch)s AND b.amount_minor <> 0
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = b.id AND m.undone_at IS NULL)
    AND NOT EXISTS (SELECT FROM recon_exception e WHERE e.statement_line_id = b.id)
"""


def figures_of(batch: Batch) -> dict[str, int]:
    """Return how many exceptions of a batch are open, resolved and cleared, and how many of its rows no run has seen."""
    of_batch, unseen = (OF_REPORT, _UNSEEN) if batch.report_id else (OF_STATEMENT, _UNSEEN_BANK)
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "batch": batch.report_id or batch.statement_id}
    figures = {"open": 0, "resolved": 0, "cleared": 0}
    figures.update(db.rows(_STATES.format(of_batch=of_batch), parameters))
    [(figures["unseen"],)] = db.rows(unseen, parameters)
    return figures


def is_done(figures: dict[str, int]) -> bool:
    """Say whether a batch with these figures can be closed."""
    return figures["open"] == 0 and figures["unseen"] == 0


# What the actor decided alone in a batch: nobody else has looked at it.
_ALONE = """
SELECT d.currency, sum(abs(d.amount_minor))::bigint FROM recon_decision d
WHERE d.merchant_id = %(merchant)s AND d.undone_at IS NULL AND d.approval_id IS NULL AND d.decided_by_key = %(actor)s AND d.way <> 'rounding' AND d.way <> 'link'
    AND d.deviation_id IN ({of_batch}) GROUP BY 1
"""


def decided_alone(batch: Batch, *, day: date) -> Money:
    """Return what the actor in scope decided in a batch without a second person, in the base currency. :raises ExchangeRateMissing: for a currency without a rate."""
    of_batch = OF_REPORT if batch.report_id else OF_STATEMENT
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(), "batch": batch.report_id or batch.statement_id, "actor": current_actor().key,
    }  # fmt: skip
    sums = db.rows(_ALONE.format(of_batch=of_batch), parameters)
    total = sum(ledger.worth_in_base(minor=minor, currency=currency, day=day) for currency, minor in sums)
    return Money(total, merchants.base_currency(current_merchant_id()))


def wish_for(batch: Batch, alone: Money) -> Wish:
    """Return what a second person is asked for: this batch, with no more decided alone than now."""
    return Wish("reconciliation.approve", _subject(batch), DECIDED_ALONE, alone)


@in_turn()
def close_batch(
    *,
    role: str,
    now: datetime,
    report_id: UUID | str | None = None,
    statement_id: UUID | str | None = None,
    approval_id: UUID | None = None,
) -> BatchClosing:
    """
    Close a report or a statement: nothing that was decided in it is undone from now on. Locks it, so that nobody undoes a decision meanwhile.

    Many small decisions of one person are together measured by the limit of `role` ("" for a key): above it whoever made them all needs another person's approval, or
    another person closes. What a later run finds in it is a new exception, and open.

    :raises NotFound: if it is not the merchant's. :raises BatchNotTaken: if nothing of it is booked. :raises BatchAlreadyClosed: if somebody was faster. :raises BatchNotDone: while something is open or unseen.
    :raises ApprovalNeeded: above the limit without an approval that fits.
    """
    batch = Batch(_lock(ReportFile, report_id), _lock(StatementFile, statement_id))
    if (before := queries.find_closing(batch)) is not None:
        raise BatchAlreadyClosed(who=before.closed_by)
    figures = figures_of(batch)
    if not is_done(figures):
        raise BatchNotDone(left=figures["open"] + figures["unseen"])
    approved_by = _second_person(batch, role=role, approval_id=approval_id, now=now)
    closing = BatchClosing(
        report_id=batch.report_id, statement_id=batch.statement_id, figures=figures, closed_by=current_actor().name[:120],
        closed_by_key=current_actor().key, closed_at=now,
    )  # fmt: skip
    closing.save(force_insert=True)
    subject = _subject(batch)
    audit.record("batch.closed", subject=subject, now=now, data={**figures, "approved_by": approved_by})
    outbox.publish("batch.closed", subject, {"batch": subject, **figures})
    live.tell("batch.closed", batch=subject)
    return closing


def _subject(batch: Batch) -> str:
    return f"report:{batch.report_id}" if batch.report_id else f"statement:{batch.statement_id}"


def _second_person(batch: Batch, *, role: str, approval_id: UUID | None, now: datetime) -> str:
    """Return who agreed, "" where nobody had to. :raises ApprovalNeeded: where somebody has to."""
    day = services.today_of(now)
    alone = decided_alone(batch, day=day)
    if not limits.is_above(role=role, minor=alone.minor):
        return ""
    approval = approvals.use_approval(approval_id=approval_id, wish=wish_for(batch, alone))
    return str(approval.decided_by.user) if approval.decided_by else ""


def _lock(table: type[ReportFile] | type[StatementFile], key: UUID | str | None) -> UUID | None:
    if key is None:
        return None
    found = table.objects.select_for_update(no_key=True).filter(id=key).values_list("id", "status").first()
    if found is None:
        raise NotFound()
    if found[1] not in _BOOKED[table]:
        raise BatchNotTaken(state=found[1])
    return UUID(str(found[0]))
