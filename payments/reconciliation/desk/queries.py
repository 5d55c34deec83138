"""Reads of exceptions as work: where their amount stands, which batch they are of, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Case, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from merchant.accounts import access
from merchant.accounts.approvals.models import Approval
from merchant.accounts.models import StaffMember
from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_actor, current_merchant_id
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.ways import AGES, DUE_DAYS, DUE_DAYS_DEFAULT, LINKABLE, STANDS_ON, Standing
from payments.reconciliation.matching import override_rows
from payments.reconciliation.models import Deviation
from payments.settlement.posting import FEE_KINDS

# Acts on one exception that its page tells of, the newest first.
HISTORY_SHOWN = 20


def stands_on(found: Deviation) -> str | None:
    """Return the account on which the amount of an exception stands, None if it stands on none."""
    if found.kind in override_rows.KINDS and not override_rows.stands_on_clearing(
        kind=found.kind, expected_minor=found.expected_minor
    ):
        return None
    account = STANDS_ON.get(found.kind)
    return "payouts_in_transit" if account == "clearing" and found.payout_id else account


_PLACE = """
SELECT b.bank_account_id::text, l.kind, (SELECT coalesce(sum(d.amount_minor), 0)::bigint FROM recon_decision d
        WHERE d.deviation_id = e.id AND d.journal_id IS NOT NULL AND d.undone_at IS NULL AND d.currency = e.currency)
FROM recon_exception e LEFT JOIN bank_statement_line b ON b.id = e.statement_line_id LEFT JOIN settlement_line l ON l.id = e.settlement_line_id
WHERE e.merchant_id = %s AND e.id = %s
"""


def standing_of(found: Deviation) -> Standing:
    """Return where the amount of an exception stands and how much of it nobody has decided about, with one statement."""
    [(bank_account, line_kind, decided)] = db.rows(_PLACE, [current_merchant_id(), found.id])
    account, gateway = stands_on(found), str(found.gateway_account_id or "")
    subject = gateway if account in ("clearing", "payouts_in_transit", "suspense") else ""
    if account == "bank":
        subject = bank_account or ""
    if account == "fees":
        subject = f"{gateway}:{FEE_KINDS.get(line_kind or 'sale', 'other')}"
    return Standing(
        kind=found.kind,
        minor=found.amount_minor - decided,
        currency=found.currency,
        account=account,
        subject=subject,
        gateway_account=gateway,
        is_linkable=found.kind in LINKABLE and bool(found.settlement_line_id or found.statement_line_id),
        is_suggested=bool(found.suggestions),
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Where an exception belongs: the report or the statement that is closed as one. Neither for a deposit, which no file announces."""

    report_id: UUID | None
    statement_id: UUID | None


# What names no row and no payout is of the first report of its account that covers its day.
_BATCH = """
SELECT coalesce(l.report_id, p.report_id, CASE WHEN e.settlement_line_id IS NULL AND e.payout_id IS NULL THEN (
        SELECT r.id FROM settlement_report r WHERE r.merchant_id = e.merchant_id AND r.gateway_account_id = e.gateway_account_id AND r.status = 'posted'
            AND r.covers_until >= e.business_date ORDER BY r.covers_until, r.id LIMIT 1) END), b.statement_id
FROM recon_exception e LEFT JOIN settlement_line l ON l.id = e.settlement_line_id LEFT JOIN settlement_payout p ON p.id = e.payout_id
LEFT JOIN bank_statement_line b ON b.id = e.statement_line_id WHERE e.merchant_id = %s AND e.id = %s
"""


def batch_of(found: Deviation) -> Batch:
    """Return the batch an exception belongs to."""
    [row] = db.rows(_BATCH, [current_merchant_id(), found.id])
    return Batch(*row)


def find_closing(batch: Batch) -> BatchClosing | None:
    """Return who closed a batch and when, None while it is open."""
    closings = BatchClosing.objects.filter(
        Q(report_id=batch.report_id, report__isnull=False) | Q(statement_id=batch.statement_id, statement__isnull=False)
    )
    found: BatchClosing | None = closings.order_by("id").first()
    return found


def find_decision(found: Deviation) -> Decision | None:
    """Return the decision that closed an exception, None while it is open or where data closed it. What is matched by hand is cleared by its match."""
    if found.status == "open":
        return None
    decisions = Decision.objects.filter(deviation=found, undone_at=None)
    if found.status == "cleared":
        decisions = decisions.filter(way="link")
    decision: Decision | None = decisions.order_by("-id").first()
    return decision


def list_decisions(*, actor_key: str | None = None) -> QuerySet[Decision]:
    """Return decisions that stand, newest first, of one actor if given."""
    rows = Decision.objects.filter(undone_at=None).select_related("deviation").order_by("-id")
    return rows.filter(decided_by_key=actor_key) if actor_key else rows


def list_history(found: Deviation) -> list[AuditEntry]:
    """Return what people did with an exception, newest first."""
    return list(AuditEntry.objects.filter(subject=f"exception:{found.id}").order_by("-id")[:HISTORY_SHOWN])


def get_work(exception_id: UUID | str) -> Deviation:
    """Return one exception with its owner. :raises NotFound: if the merchant has none with that id."""
    found: Deviation | None = Deviation.objects.select_related("owner__user").filter(id=exception_id).first()
    if found is None:
        raise NotFound()
    return found


# The day by which somebody should have decided: the one that was set, else what the kind allows.
DUE = Coalesce(
    F("due_on"),
    Case(
        *(When(kind=kind, then=F("business_date") + Value(timedelta(days=days))) for kind, days in DUE_DAYS.items()),
        default=F("business_date") + Value(timedelta(days=DUE_DAYS_DEFAULT)),
        output_field=DateField(),
    ),
    output_field=DateField(),
)


def due_on(found: Deviation) -> date:
    """Return the day by which somebody should have decided."""
    own: date | None = found.due_on
    return own or found.business_date + timedelta(days=DUE_DAYS.get(found.kind, DUE_DAYS_DEFAULT))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of exceptions is narrowed to. `owner` is a person's id or "none"; `is_waiting` None shows both; `age` is a bucket."""

    kinds: tuple[str, ...] = ()
    owner: UUID | str | None = None
    age: str = ""
    is_overdue: bool = False
    is_waiting: bool | None = None
    text: str = ""


def narrowed(rows: QuerySet[Deviation], wanted: Wanted, *, today: date) -> QuerySet[Deviation]:
    """Return the exceptions that fit. Ages are counted in the merchant's days from the day on which the money should have agreed."""
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.owner:
        rows = rows.filter(owner=None if wanted.owner == "none" else UUID(str(wanted.owner)))
    if wanted.age:
        least, most = AGES[wanted.age]
        if least:
            rows = rows.filter(business_date__lte=today - timedelta(days=least))
        if most is not None:
            rows = rows.filter(business_date__gte=today - timedelta(days=most))
    if wanted.is_overdue:
        rows = rows.alias(due=DUE).filter(due__lt=today)
    if wanted.is_waiting is not None:
        is_asleep = Q(snoozed_until__gt=today, snoozed_until__isnull=False)
        rows = rows.filter(is_asleep) if wanted.is_waiting else rows.exclude(is_asleep)
    return rows.filter(reference__icontains=wanted.text) if wanted.text else rows


def list_workers() -> list[StaffMember]:
    """Return who may have an exception as their work, by name."""
    roles = [role for role, rights in access.ROLES.items() if "reconciliation.resolve" in rights]
    members = StaffMember.objects.filter(role__in=roles, is_active=True, user__is_active=True).select_related("user")
    return list(members.order_by("user__first_name", "user__email"))


def find_asked(found: Deviation) -> Approval | None:
    """Return what the actor in scope last asked a second person about an exception while it counts: not answered yet, granted and not used, or refused."""
    asked = Approval.objects.filter(
        asked_by=current_actor().key, right="reconciliation.approve", subject__startswith=f"exception:{found.id}:",
        status__in=("asked", "granted", "refused"), expires_at__gt=machine_now(),
    )  # fmt: skip
    approval: Approval | None = asked.select_related("decided_by__user").order_by("-id").first()
    return approval
