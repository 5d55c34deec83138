"""
The audit of fees over a period: what each settled row was charged, what its contract asks for, and why they differ; and all rows judged anew when a contract changes.

Everything is a set-based statement over the reports of the period, with the same judgement as `fee_rows` uses in a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import current_merchant_id
from payments.fees import pricing
from payments.reconciliation.matching import differences, fee_rows, split_fees

AUDIT_JOB = "reconciliation.audit_fees"
# Why a fee differs. *fixed*: by the same amount on sales of several sizes, or on what has a fixed price; *unknown_brand*: the contract prices brands, and the brand is not known.
CAUSES = ("rate", "fixed", "minimum", "maximum", "unknown_brand")


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both inclusive, of one gateway account or of all."""

    first: date
    last: date
    account_id: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements of this module need."""
        return {
            "merchant": current_merchant_id(), "day_from": self.first, "day_to": self.last, "account": self.account_id,
        }  # fmt: skip


# Sales and refunds that are matched, and what else a contract can speak of. A row that is the sum of several payments, or part of one, has no fee of its own to judge.
AUDITED = f"""
SELECT * FROM (
    SELECT l.id AS line_id, l.line, r.name AS report_name, r.id AS report_id, l.gateway_account_id, l.currency, l.kind AS row_kind,
        CASE WHEN right(m.rule, 6) = '_parts' OR m.rule = 'day_sum' THEN 'parts' ELSE l.kind END AS kind, l.gross_minor, l.fee_minor AS charged_minor,
        coalesce(o.business_date, l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date, r.covers_until) AS day,
        CASE WHEN o.currency = l.currency THEN coalesce(o.result_minor, o.amount_minor) ELSE abs(l.gross_minor) END AS amount_minor,
        coalesce(o.reference, nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), nullif(l.payout_reference, ''), l.line_key) AS reference,
        l.processor_reference, o.payment_id, pay.order_id, pay.store_id, {fee_rows.CARD}
    FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id JOIN merchant_merchant home ON home.id = r.merchant_id
    LEFT JOIN recon_match m ON m.id = l.id LEFT JOIN payment_operation o ON o.id = m.operation_id LEFT JOIN payment_payment pay ON pay.id = o.payment_id
    LEFT JOIN settlement_fee_parts card ON card.line_id = l.id
    WHERE r.merchant_id = %(merchant)s AND r.status = 'posted' AND (%(account)s::uuid IS NULL OR r.gateway_account_id = %(account)s)
        AND coalesce(r.covers_until, 'infinity') >= %(day_from)s
        AND (l.kind IN ('sale', 'refund') AND o.id IS NOT NULL OR l.kind IN ('chargeback', 'payout')
            AND NOT EXISTS (SELECT FROM settlement_change c WHERE l.id IN (c.replaced_id, c.reversal_id)))
) audited WHERE day BETWEEN %(day_from)s AND %(day_to)s
"""  # noqa: S608
JUDGED = pricing.judged(AUDITED, is_detailed=True)
_COMMISSION = "j.expected_minor - CASE WHEN c.pricing = 'interchange_plus' AND j.kind IN ('sale', 'refund') THEN j.interchange_minor + j.scheme_minor ELSE 0 END"
_SALES_ALIKE = "PARTITION BY j.contract_id, j.price_id, date_trunc('month', j.day)"
# Rows whose fee is not what was agreed; `over_minor` is what was taken too much, negative where it is too little.
DIFFERING = f"""
SELECT j.*, j.charged_minor - j.expected_minor AS over_minor, CASE
    WHEN j.kind <> 'sale' THEN 'fixed'
    WHEN j.brand = '' AND EXISTS (SELECT FROM fee_price b WHERE b.contract_id = j.contract_id AND b.brand <> '') THEN 'unknown_brand'
    WHEN {_COMMISSION} = CASE WHEN p.id IS NULL THEN c.minimum_minor ELSE p.minimum_minor END THEN 'minimum'
    WHEN {_COMMISSION} = CASE WHEN p.id IS NULL THEN c.maximum_minor ELSE p.maximum_minor END THEN 'maximum'
    WHEN min(j.charged_minor - j.expected_minor) OVER ({_SALES_ALIKE}) = max(j.charged_minor - j.expected_minor) OVER ({_SALES_ALIKE})
        AND min(j.amount_minor) OVER ({_SALES_ALIKE}) < max(j.amount_minor) OVER ({_SALES_ALIKE}) THEN 'fixed'
    ELSE 'rate' END AS cause
FROM ({JUDGED}) j JOIN fee_contract c ON c.id = j.contract_id LEFT JOIN fee_price p ON p.id = j.price_id
WHERE j.charged_minor <> j.expected_minor
"""  # noqa: S608
_OVER_CHARGES = f"""
SELECT d.gateway_account_id, g.name, d.currency, date_trunc('month', d.day)::date AS month, d.cause, count(*)::int AS rows,
    coalesce(sum(d.over_minor) FILTER (WHERE d.over_minor > 0), 0)::bigint AS over_minor,
    coalesce(-sum(d.over_minor) FILTER (WHERE d.over_minor < 0), 0)::bigint AS under_minor
FROM ({DIFFERING}) d JOIN gateway_account g ON g.id = d.gateway_account_id GROUP BY 1, 2, 3, 4, 5 ORDER BY 4 DESC, 2, 3, 7 DESC, 5
"""  # noqa: S608
_RATES = f"""
SELECT a.gateway_account_id, g.name, a.currency, a.method, a.store_id, coalesce(s.name, '') AS store,
    coalesce(sum(a.gross_minor) FILTER (WHERE a.row_kind = 'sale'), 0)::bigint AS volume_minor, count(*) FILTER (WHERE a.row_kind = 'sale')::int AS sales,
    sum(a.charged_minor)::bigint AS charged_minor
FROM ({AUDITED}) a JOIN gateway_account g ON g.id = a.gateway_account_id LEFT JOIN merchant_store s ON s.id = a.store_id
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 3, 4, 6
"""  # noqa: S608
_JUDGEMENT = f"""
SELECT currency, count(*)::int AS rows, count(*) FILTER (WHERE expected_minor IS NULL)::int AS unjudged,
    coalesce(sum(charged_minor) FILTER (WHERE expected_minor IS NOT NULL), 0)::bigint AS charged_minor, coalesce(sum(expected_minor), 0)::bigint AS expected_minor
FROM ({JUDGED}) j GROUP BY 1 ORDER BY 1
"""  # noqa: S608
_MONTHS = f"""
SELECT * FROM ({fee_rows.MONTHS_JUDGED}) m
WHERE m.month BETWEEN date_trunc('month', %(day_from)s::date) AND %(day_to)s AND (%(account)s::uuid IS NULL OR m.gateway_account_id = %(account)s)
ORDER BY m.month DESC, m.name, m.currency
"""  # noqa: S608
_ROWS = f"""
SELECT d.*, g.name FROM ({DIFFERING}) d JOIN gateway_account g ON g.id = d.gateway_account_id
WHERE (%(cause)s = '' OR d.cause = %(cause)s) AND (%(side)s = '' OR (d.over_minor > 0) = (%(side)s = 'over'))
    AND (%(after)s::uuid IS NULL OR d.line_id < %(after)s)
ORDER BY d.line_id DESC LIMIT %(most)s
"""  # noqa: S608
# One version in force for all days, whatever its own.
_ALWAYS = """
SELECT c.id, c.gateway_account_id, coalesce(nullif(c.currency, ''), g.currency) AS settled_in, c.pricing, c.basis_points, c.fixed_minor, c.minimum_minor,
    c.maximum_minor, c.refund_fixed_minor, c.chargeback_fixed_minor, c.payout_fixed_minor, date '0001-01-01' AS valid_from, NULL::date AS valid_until
FROM fee_contract c JOIN gateway_account g ON g.id = c.gateway_account_id WHERE c.merchant_id = %(merchant)s AND c.id = %(contract)s
"""
_DRY_RUN = f"""
SELECT count(*)::int AS rows, count(*) FILTER (WHERE expected_minor IS NULL)::int AS unjudged,
    coalesce(sum(gross_minor) FILTER (WHERE row_kind = 'sale'), 0)::bigint AS volume_minor,
    coalesce(sum(charged_minor) FILTER (WHERE expected_minor IS NOT NULL), 0)::bigint AS charged_minor, coalesce(sum(expected_minor), 0)::bigint AS expected_minor
FROM ({pricing.judged(AUDITED, is_detailed=True, contracts=_ALWAYS)}) j
"""  # noqa: S608


def list_over_charges(period: Period) -> list[dict[str, Any]]:
    """Return per gateway account, month and cause how many fees differ, and by how much too much and too little in all. One statement."""
    return db.dict_rows(_OVER_CHARGES, period.parameters)


def list_rates(period: Period) -> list[dict[str, Any]]:
    """Return per gateway account, currency, method and store what was sold and what fees its sales, refunds, chargebacks and payouts were charged. One statement."""
    return db.dict_rows(_RATES, period.parameters)


def list_months(period: Period) -> list[dict[str, Any]]:
    """Return the months of accounts whose contract names a monthly fee: what it names and what was invoiced. One statement."""
    return db.dict_rows(_MONTHS, period.parameters)


def sum_judgement(period: Period) -> list[dict[str, Any]]:
    """Return per currency how many rows a contract covers, how many of them it cannot judge, and what the others were charged and should have been."""
    return db.dict_rows(_JUDGEMENT, period.parameters)


def list_differing(
    period: Period, *, cause: str = "", side: str = "", after: UUID | None = None, most: int
) -> list[dict[str, Any]]:
    """Return at most `most` rows whose fee differs, newest first, behind the line `after`; `side` is `over`, `under` or "" for both."""
    asked = {"cause": cause, "side": side, "after": after, "most": most}
    return db.dict_rows(_ROWS, period.parameters | asked)


def dry_run(*, contract_id: UUID, period: Period) -> dict[str, Any]:
    """Return what the rows of a period were charged and would cost under one version, whatever days it holds on. Nothing is stored."""
    [row] = db.dict_rows(_DRY_RUN, period.parameters | {"contract": contract_id})
    return row


def request_audit(*, account_id: UUID | str, since: date, key: str) -> Job:
    """Put in the queue that a gateway account's fees since a day are judged anew. The same `key` asks for the same."""
    payload = {"gateway_account_id": str(account_id), "since": str(since)}
    return jobs.enqueue(AUDIT_JOB, dedup_key=f"{AUDIT_JOB}:{key}", payload=payload)


# Like the pairs of a run, of what was matched long since.
_MATCHED_PAIRS = """
AS SELECT l.id AS line_id, o.reference, o.id AS operation_id, o.payment_id, l.kind, l.currency, l.gateway_account_id, o.business_date, l.fee_minor, l.gross_minor,
    o.currency AS operation_currency, m.currency AS sale_currency, CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) AS minor
FROM recon_match m JOIN settlement_line l ON l.id = m.id JOIN payment_operation o ON o.id = m.operation_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND l.gateway_account_id = %(account)s AND o.business_date >= %(since)s
    AND right(m.rule, 6) <> '_parts' AND m.rule <> 'day_sum'
"""
_CLEAR = """
UPDATE recon_exception e SET status = 'cleared', resolution = 'The contract agrees with it now.', resolved_at = %(now)s
WHERE e.merchant_id = %(merchant)s AND e.gateway_account_id = %(account)s AND e.kind = 'fee' AND e.status = 'open' AND e.business_date >= %(since)s
    AND NOT EXISTS (SELECT FROM current_difference c WHERE c.dedup_key = e.dedup_key)
"""


@transaction.atomic
def audit_again(*, account_id: UUID | str, since: date, today: date, now: datetime) -> int:
    """
    Judge all fees of a gateway account since a day by its present contracts; name and clear exceptions accordingly, and return how many changed.

    Holds the merchant's reconciliation lock. A repeat changes nothing.
    """
    parameters = {"merchant": current_merchant_id(), "account": account_id, "since": since, "today": today, "now": now}
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconciliation:{current_merchant_id()}"])
    db.temporary_table("pair", _MATCHED_PAIRS, parameters)
    db.execute("ANALYZE pair")
    differences.begin()
    db.temporary_table("parted", split_fees.OF_ACCOUNT, parameters)
    for statement in (*fee_rows.differences(), *([split_fees.differences()] if fee_rows.has_contract() else [])):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    kept = differences.keep_current(kinds=[], ambiguous="", today=today, now=now)
    return kept + db.execute(_CLEAR, parameters)
