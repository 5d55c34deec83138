"""Reads of statements, runs, matches and exceptions, and what is open on each clearing account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.jobs.models import Job
from merchant.core.tenancy import current_merchant_id
from payments.gateways.models import GatewayAccount
from payments.reconciliation.matching import dispute_rows
from payments.reconciliation.matching.expected import EXPECTED
from payments.reconciliation.models import BankAccount, Deviation, Match, StatementFile, StatementLine

RUN_KIND = "reconciliation.run"
COMPLETION_KIND = "reconciliation.complete_statement"


def list_bank_accounts() -> QuerySet[BankAccount]:
    """Return the merchant's bank accounts, by name."""
    return BankAccount.objects.order_by("name", "id")


def find_bank_account(currency: str) -> BankAccount | None:
    """Return the merchant's first bank account in a currency, None without one."""
    found: BankAccount | None = BankAccount.objects.filter(currency=currency).order_by("id").first()
    return found


def list_transfers(*, rules: Sequence[str] = ()) -> QuerySet[Match]:
    """Return the live matches by which customers' transfers paid orders, of these rules or of all, to be paged newest first."""
    rows = Match.objects.filter(undone_at=None, statement_line_id__isnull=False, operation_id__isnull=False)
    return rows.filter(rule__in=rules) if rules else rows.filter(rule__startswith="transfer_")


_TRANSFER_FACTS = """
SELECT m.id, b.booked_on, b.text, o.id AS order_id, o.number
FROM recon_match m JOIN bank_statement_line b ON b.id = m.statement_line_id JOIN payment_operation p ON p.id = m.operation_id JOIN order_order o ON o.id = p.order_id
WHERE m.merchant_id = %s AND m.id = ANY(%s)
"""


def transfer_facts(matches: Sequence[Match]) -> dict[UUID, dict[str, Any]]:
    """Return the bank line and the order of each transfer, by the match's id, with one statement."""
    keys = [match.id for match in matches]
    return {row["id"]: row for row in db.dict_rows(_TRANSFER_FACTS, [current_merchant_id(), keys])}


def list_report_accounts() -> QuerySet[GatewayAccount]:
    """Return the accounts at processors that may have reports, by name."""
    return GatewayAccount.objects.exclude(gateway="manual").order_by("name", "id")


def completion_key(file: StatementFile) -> str:
    """Return what the job is known by that takes the pages of a waiting statement as the whole of it."""
    return f"{COMPLETION_KIND}:{file.id}"


def find_statement_job(file: StatementFile) -> Job | None:
    """Return the job that reads a statement: while it waits for a page, and as long as it is read, the one that takes what is there, if that was asked for."""
    completion: Job | None = Job.objects.filter(dedup_key=completion_key(file)).first()
    if completion is not None and (file.status == "waiting" or completion.status in ("queued", "running")):
        return completion
    return Job.objects.filter(id=file.job_id).first()


def list_statements() -> QuerySet[StatementFile]:
    """Return every statement file of the merchant, to be paged newest first."""
    return StatementFile.objects.select_related("bank_account")


def get_statement(statement_id: UUID | str) -> StatementFile:
    """Return one statement file. :raises NotFound: if the merchant has none with that id."""
    return _one(list_statements(), statement_id)  # type: ignore[no-any-return]


def list_bank_lines() -> QuerySet[StatementLine]:
    """Return every line of the merchant's statements, to be paged newest first."""
    return StatementLine.objects.all()


def list_runs() -> QuerySet[Job]:
    """Return every run of the merchant, to be paged newest first."""
    return Job.objects.filter(kind=RUN_KIND)


def get_run(run_id: UUID | str) -> Job:
    """Return one run. :raises NotFound: if the merchant has none with that id."""
    return _one(list_runs(), run_id)  # type: ignore[no-any-return]


def list_exceptions(*, status: str | None = "open", kind: str | None = None) -> QuerySet[Deviation]:
    """Return exceptions in a status (None for all), of one kind if given, to be paged newest first."""
    rows = Deviation.objects.all()
    if status is not None:
        rows = rows.filter(status=status)
    return rows.filter(kind=kind) if kind else rows


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One reason why an account does not stand at nothing. Debit is positive, in minor units."""

    kind: str
    reference: str
    amount_minor: int
    currency: str


def _decided(kind: str) -> str:
    """Return the statement of what decisions about exceptions moved on an account of `kind`, and of what was taken back of them."""
    return f"""
SELECT CASE WHEN j.reverses_id IS NULL THEN 'decided' ELSE 'decision_undone' END, e.reference, p.amount_minor, p.currency
FROM recon_exception e JOIN ledger_journal j ON j.merchant_id = e.merchant_id AND j.about = 'exception:' || e.id
JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
WHERE e.merchant_id = %(merchant)s AND a.kind = '{kind}' AND a.subject = %(account)s::text"""  # noqa: S608


_CLEARING_ITEMS = f"""
SELECT 'not_settled', o.reference, CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor), p.currency
FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
WHERE {EXPECTED} AND p.gateway_account_id = %(account)s
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)
UNION ALL
SELECT 'settled_otherwise', o.reference, CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) - m.amount_minor, p.currency
FROM (
    SELECT operation_id, currency, sum(amount_minor)::bigint AS amount_minor FROM recon_match
    WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND operation_id IS NOT NULL AND settlement_line_id IS NOT NULL GROUP BY 1, 2
) m JOIN payment_operation o ON o.id = m.operation_id JOIN payment_payment p ON p.id = o.payment_id
WHERE p.gateway_account_id = %(account)s AND m.currency = p.currency
    AND CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) <> m.amount_minor
UNION ALL
SELECT 'sold_otherwise', o.reference, CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor), p.currency
FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN payment_payment p ON p.id = o.payment_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND p.gateway_account_id = %(account)s AND m.currency <> p.currency
UNION ALL
SELECT 'settled_in_other_currency', o.reference, -m.amount_minor, m.currency
FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN payment_payment p ON p.id = o.payment_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND p.gateway_account_id = %(account)s AND m.currency <> p.currency
UNION ALL
SELECT 'row_without_payment', coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.line_key),
    -coalesce(l.original_gross_minor, l.gross_minor), CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0
    AND l.kind IN ('sale', 'refund') AND l.gross_minor <> 0
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.id = l.id)
UNION ALL
{dispute_rows.CLEARING_ITEMS}
UNION ALL
SELECT 'settled_not_paid_out', coalesce(nullif(max(l.payout_reference), ''), 'batch ' || l.batch), sum(l.net_minor)::bigint, l.currency
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND r.status = 'posted'
GROUP BY l.batch, CASE WHEN l.batch = '' THEN l.payout_reference END, l.currency HAVING sum(l.net_minor) <> 0
UNION ALL
{_decided("clearing")}
ORDER BY 1, 2, 3
"""  # noqa: S608


def list_clearing_items(gateway_account_id: UUID | str) -> list[OpenItem]:
    """Return everything that stands on a gateway account's clearing account. The sum per currency is its balance, to the minor unit."""
    return _items(_CLEARING_ITEMS, gateway_account_id)


_TRANSIT_ITEMS = f"""
SELECT CASE WHEN status = 'short' THEN 'short_payout' WHEN status = 'in_bank' THEN 'overpaid_payout' ELSE 'payout_on_its_way' END, reference,
    amount_minor - arrived_minor, currency
FROM settlement_payout WHERE merchant_id = %(merchant)s AND gateway_account_id = %(account)s AND amount_minor <> arrived_minor
UNION ALL
{_decided("payouts_in_transit")}
ORDER BY 1, 2, 3
"""  # noqa: S608


def list_transit_items(gateway_account_id: UUID | str) -> list[OpenItem]:
    """Return everything that stands on a gateway account's payouts in transit. The sum per currency is its balance."""
    return _items(_TRANSIT_ITEMS, gateway_account_id)


_SUSPENSE_ITEMS = f"""
SELECT kind, coalesce(nullif(operation_reference, ''), nullif(processor_reference, ''), line_key), -gross_minor, currency
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND r.status = 'posted' AND kind IN ('other', 'adjustment', 'transfer')
    AND gross_minor <> 0
UNION ALL
{_decided("suspense")}
ORDER BY 1, 2, 3
"""  # noqa: S608


def list_suspense_items(gateway_account_id: UUID | str) -> list[OpenItem]:
    """Return everything that stands on a gateway account's suspense account. The sum per currency is its balance."""
    return _items(_SUSPENSE_ITEMS, gateway_account_id)


def _items(sql: str, gateway_account_id: UUID | str) -> list[OpenItem]:
    parameters = {"merchant": current_merchant_id(), "account": gateway_account_id}
    return [
        OpenItem(kind, reference, int(minor), currency) for kind, reference, minor, currency in db.rows(sql, parameters)
    ]


def _one(rows: Any, key: UUID | str) -> Any:
    found = rows.filter(id=key).first()
    if found is None:
        raise NotFound()
    return found
