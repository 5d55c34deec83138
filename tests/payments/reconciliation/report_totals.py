"""What a report's rows come to and how much of it found its payment."""

from typing import Any
from uuid import UUID

from merchant.core import db

_REPORT_TOTALS = """
SELECT l.currency, sum(l.gross_minor)::bigint AS total, coalesce(sum(l.gross_minor) FILTER (WHERE m.id IS NOT NULL), 0)::bigint AS matched,
    coalesce(sum(l.gross_minor) FILTER (WHERE m.id IS NULL), 0)::bigint AS unmatched,
    count(*) AS rows, count(m.id) AS rows_matched, count(*) FILTER (WHERE m.id IS NULL AND e.id IS NOT NULL) AS rows_excepted
FROM settlement_line l LEFT JOIN recon_match m ON m.id = l.id
LEFT JOIN recon_exception e ON e.merchant_id = l.merchant_id AND e.dedup_key = 'line:' || l.id AND e.status <> 'cleared'
WHERE l.report_id = %s AND l.kind IN ('sale', 'refund') GROUP BY l.currency ORDER BY l.currency
"""


def report_totals(report_id: UUID | str) -> list[dict[str, Any]]:
    """Return per currency what a report's sales and refunds come to, and how much of it is matched and how much an exception: `total` = `matched` + `unmatched`."""
    return db.dict_rows(_REPORT_TOTALS, [report_id])
