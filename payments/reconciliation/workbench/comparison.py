"""
What a batch comes to on both sides: sales, refunds, fees and whatever else a report brings, down to the net that is paid out.

Theirs is what the rows say. Ours is what the matched operations say, the fees that the contracts ask for, and what stands in our books alone; what somebody decided
about is a figure of its own. So theirs less ours is what is open, and nothing once everything is decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk import closing
from payments.settlement.models import ReportFile


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """
    One currency of a batch, in minor units, signed from the merchant's view: a fee is negative. `lines` are its sales and refunds, `matched` those with a match.

    `their_gross` is what those lines come to and `matched_minor` what the matched ones do; the rest are exceptions.
    """

    currency: str
    lines: int = 0
    matched: int = 0
    matched_minor: int = 0
    our_sales: int = 0
    our_refunds: int = 0
    our_fees: int = 0
    our_others: int = 0
    decided: int = 0
    their_sales: int = 0
    their_refunds: int = 0
    their_fees: int = 0
    their_others: int = 0

    @property
    def their_gross(self) -> int:
        """What the sales and refunds of the file come to."""
        return self.their_sales + self.their_refunds

    @property
    def excepted_minor(self) -> int:
        """What the rows without a match come to: matched and excepted are the file's total."""
        return self.their_gross - self.matched_minor

    @property
    def our_net(self) -> int:
        """What is to be paid out by our books."""
        return self.our_sales + self.our_refunds + self.our_fees + self.our_others + self.decided

    @property
    def their_net(self) -> int:
        """What is paid out by the report."""
        return self.their_gross + self.their_fees + self.their_others


# Rows nobody matched stand on their side alone. Payouts are what the net is sent as, and no part of it.
_THEIRS = """
SELECT l.currency, count(*) FILTER (WHERE l.kind IN ('sale', 'refund'))::int AS lines,
    count(m.id) FILTER (WHERE l.kind IN ('sale', 'refund'))::int AS matched,
    coalesce(sum(l.gross_minor) FILTER (WHERE m.id IS NOT NULL AND l.kind IN ('sale', 'refund')), 0)::bigint AS matched_minor,
    coalesce(sum(CASE WHEN l.kind = 'sale' AND m.id IS NOT NULL THEN CASE WHEN o.currency = l.currency AND m.group_id IS NULL THEN coalesce(o.result_minor, o.amount_minor) ELSE l.gross_minor END END), 0)::bigint AS our_sales,
    coalesce(sum(CASE WHEN l.kind = 'refund' AND m.id IS NOT NULL THEN CASE WHEN o.currency = l.currency AND m.group_id IS NULL THEN -coalesce(o.result_minor, o.amount_minor) ELSE l.gross_minor END END), 0)::bigint AS our_refunds,
    coalesce(sum(l.gross_minor) FILTER (WHERE l.kind = 'sale'), 0)::bigint AS their_sales,
    coalesce(sum(l.gross_minor) FILTER (WHERE l.kind = 'refund'), 0)::bigint AS their_refunds,
    -sum(l.fee_minor)::bigint AS their_fees,
    coalesce(sum(l.gross_minor) FILTER (WHERE l.kind NOT IN ('sale', 'refund', 'payout', 'payout_reversal')), 0)::bigint AS their_others
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id
LEFT JOIN recon_match m ON m.id = l.id LEFT JOIN payment_operation o ON o.id = m.operation_id
WHERE r.merchant_id = %(merchant)s AND r.status = 'posted' AND (%(batch)s::uuid IS NULL OR r.id = %(batch)s)
GROUP BY l.currency ORDER BY 2 DESC, 1
"""
# What exceptions say: what our books alone have, what differs in fees and in rows that are neither sale nor refund, and what of all that is decided.
_EXCEPTED = """
SELECT currency, coalesce(sum(expected_minor) FILTER (WHERE is_missing AND expected_minor > 0), 0)::bigint AS missing_sales,
    coalesce(sum(expected_minor) FILTER (WHERE is_missing AND expected_minor < 0), 0)::bigint AS missing_refunds,
    coalesce(sum(amount_minor) FILTER (WHERE kind = 'fee'), 0)::bigint AS fees, coalesce(sum(amount_minor) FILTER (WHERE is_other), 0)::bigint AS others,
    coalesce(sum(amount_minor) FILTER (WHERE status = 'resolved' AND (is_missing OR is_other OR is_shown OR kind = 'fee')), 0)::bigint AS decided
FROM (
    SELECT of_line.*, NOT is_missing AND NOT is_shown AND kind <> 'fee' AND is_between AS is_other FROM (
        SELECT e.currency, e.kind, e.status, e.amount_minor, e.expected_minor,
            e.kind = 'missing_in_report' AND e.dedup_key NOT LIKE 'dispute:%%' OR e.dedup_key LIKE 'missing:%%' AS is_missing,
            (e.kind = 'amount' OR e.dedup_key LIKE 'line:%%') AND coalesce(l.kind IN ('sale', 'refund'), false) AS is_shown,
            e.payout_id IS NULL AND e.statement_line_id IS NULL AND e.gateway_account_id IS NOT NULL AND e.dedup_key NOT LIKE 'override:%%' AS is_between
        FROM recon_exception e LEFT JOIN settlement_line l ON l.id = e.settlement_line_id
        WHERE e.merchant_id = %(merchant)s AND e.status <> 'cleared' {of_batch}
    ) of_line
) named GROUP BY currency
"""


def batch_figures(batch: ReportFile | None) -> list[BatchFigures]:
    """Return the figures of a batch, or of all booked reports, per currency, the one with most rows first. Two statements."""
    parameters = {"merchant": current_merchant_id(), "batch": batch.id if batch else None}
    of_batch = f"AND e.id IN ({closing.OF_REPORT})" if batch else ""
    excepted = {row["currency"]: row for row in db.dict_rows(_EXCEPTED.format(of_batch=of_batch), parameters)}
    return [_with_exceptions(row, excepted.get(row["currency"], {})) for row in db.dict_rows(_THEIRS, parameters)]


def _with_exceptions(row: dict[str, int], excepted: dict[str, int]) -> BatchFigures:
    return BatchFigures(
        **row
        | {
            "our_sales": row["our_sales"] + excepted.get("missing_sales", 0),
            "our_refunds": row["our_refunds"] + excepted.get("missing_refunds", 0),
            "our_fees": row["their_fees"] - excepted.get("fees", 0),
            "our_others": row["their_others"] - excepted.get("others", 0),
            "decided": excepted.get("decided", 0),
        }  # type: ignore[arg-type]
    )
