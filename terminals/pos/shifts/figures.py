"""
What happened at a register since its last Z, added up from what was stored when it happened.

Sales are the register's numbered receipts, so a range of numbers names them exactly. Tenders of one-call sales stand on their receipts; every other tender, refund
and return is a till entry, which belongs to the Z that counted it, or to the next. Movements belong to shifts, and shifts to Zs. The number of statements does
not depend on the number of sales.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from terminals.pos.shifts.models import Closing
from terminals.pos.shifts.states import MOVEMENT_SIGNS


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a register's life that is added up: from where the last Z ended to receipt `until`, as far as `closing_id` counts it (None: nobody yet)."""

    register_id: UUID
    receipts_after: int
    until: int
    opening_cash_minor: int
    last_closed_at: datetime | None
    closing_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """Return what every statement below needs."""
        return {
            "merchant": current_merchant_id(),
            "register": self.register_id,
            "series": f"register:{self.register_id}",
            "after": self.receipts_after,
            "until": self.until,
            "closing": self.closing_id,
            "last_closed_at": self.last_closed_at,
        }

    def narrow(self, sql: str) -> str:
        """Return `sql` about what nobody counted yet, or what `closing_id` counts. Written out, because an index knows no IS NOT DISTINCT FROM."""
        return sql.format(counted="IS NULL" if self.closing_id is None else "= %(closing)s")


@dataclass(frozen=True, slots=True)
class TenderFigures:
    """One way of paying. All positive; `net_minor` is what should be there of it."""

    method: str
    taken: int
    taken_minor: int
    refunded: int
    refunded_minor: int
    voided: int
    voided_minor: int

    @property
    def net_minor(self) -> int:
        """Taken less refunded and voided."""
        return self.taken_minor - self.refunded_minor - self.voided_minor


@dataclass(frozen=True, slots=True)
class TaxFigures:
    """Sales and returns at one rate, tax included, and the tax in them."""

    rate_basis_points: int
    sales_minor: int
    sales_tax_minor: int
    returns_minor: int
    returns_tax_minor: int


@dataclass(frozen=True, slots=True)
class MovementFigures:
    """Movements of one kind, signed into the drawer."""

    kind: str
    number: int
    minor: int


@dataclass(frozen=True, slots=True)
class LateFigures:
    """Receipts of one business day that arrived after an earlier Z."""

    business_date: date
    number: int
    minor: int
    first_receipt: int
    last_receipt: int


@dataclass(frozen=True, slots=True)
class Figures:
    """An X, or what a Z freezes. Amounts are minor units of the register's currency."""

    receipts: int
    first_receipt: int | None
    last_receipt: int | None
    # What else took a number of the register: papers of returns and refunds. With the receipts they are all numbers after the last Z's.
    other_papers: int
    # Receipts that a till without a line printed under another number, which another paper has.
    renumbered: int
    sales_minor: int
    discounts: int
    discounts_minor: int
    rounding_minor: int
    # In what the tenders come to, beside the sales: nobody's revenue.
    tips_minor: int
    # In what the tenders come to, for orders that have no receipt here yet: in the drawer, in no sale.
    unfinished_minor: int
    # Of the sales, what tenders of an earlier Z or of another till paid: a sale here, money there.
    paid_before_minor: int
    returns: int
    returns_minor: int
    taxes: tuple[TaxFigures, ...]
    tenders: tuple[TenderFigures, ...]
    movements: tuple[MovementFigures, ...]
    late: tuple[LateFigures, ...]
    opening_cash_minor: int
    numbers_after: int
    numbers_until: int

    @property
    def refunds_minor(self) -> int:
        """Money given back."""
        return sum(tender.refunded_minor for tender in self.tenders)

    @property
    def cash_minor(self) -> int:
        """Cash taken less given back."""
        return sum(tender.net_minor for tender in self.tenders if tender.method == "cash")

    @property
    def expected_cash_minor(self) -> int:
        """What should lie in the drawer."""
        return self.opening_cash_minor + self.cash_minor + sum(movement.minor for movement in self.movements)


def span_of(register_id: UUID) -> Span:
    """Return what a register's next Z would count as of now."""
    last = last_closing(register_id)
    [(until,)] = db.rows(
        "SELECT last_receipt_number FROM merchant_register WHERE merchant_id = %s AND id = %s",
        [current_merchant_id(), register_id],
    )
    return span_since(last, register_id=register_id, until=until)


def span_since(last: Closing | None, *, register_id: UUID, until: int, closing_id: UUID | None = None) -> Span:
    """Return the part of a register's life after the Z `last` up to receipt `until`."""
    return Span(
        register_id=register_id,
        receipts_after=last.receipts_until if last else 0,
        until=until,
        opening_cash_minor=last.closing_cash_minor if last else 0,
        last_closed_at=last.closed_at if last else None,
        closing_id=closing_id,
    )


def last_closing(register_id: UUID) -> Closing | None:
    """Return a register's latest Z, or None."""
    return Closing.objects.filter(register_id=register_id).order_by("-number").first()


_PAPER = """
WITH paper AS (
    SELECT d.order_id, d.number, d.business_date, d.issued_at, d.total_minor, d.content FROM document_document d
    WHERE d.merchant_id = %(merchant)s AND d.series = %(series)s AND d.number > %(after)s AND d.number <= %(until)s AND d.kind = 'receipt'
)
"""
_SALES = f"""
{_PAPER}
SELECT count(*)::int AS receipts, min(number) AS first_receipt, max(number) AS last_receipt,
    count(*) FILTER (WHERE (paper.content->>'printed_number')::bigint <> number)::int AS renumbered, (
        SELECT count(*) FROM document_document d
        WHERE d.merchant_id = %(merchant)s AND d.series = %(series)s AND d.number > %(after)s AND d.number <= %(until)s AND d.kind <> 'receipt'
    )::int AS other_papers, coalesce(sum(total_minor), 0)::bigint AS sales_minor,
    coalesce(sum(discounted.number_of), 0)::int AS discounts, coalesce(sum(discounted.minor), 0)::bigint AS discounts_minor,
    (coalesce(sum((paper.content->>'rounding_minor')::bigint), 0) - (
        SELECT coalesce(sum(coalesce((o.instrument->>'rounding_minor')::bigint, r.rounding_minor, 0)), 0) FROM payment_till_entry e
        LEFT JOIN payment_operation o ON o.id = e.source_id LEFT JOIN after_sales_loose_return r ON r.id = e.source_id
        WHERE e.merchant_id = %(merchant)s AND e.register_id = %(register)s AND e.kind = 'refund' AND e.method = 'cash' AND e.closing_id {{counted}}
    ))::bigint AS rounding_minor, (
        SELECT coalesce(sum(e.amount_minor - e.tip_minor), 0) FROM payment_till_entry e
        WHERE e.merchant_id = %(merchant)s AND e.register_id = %(register)s AND e.closing_id {{counted}}
            AND e.order_id NOT IN (SELECT order_id FROM paper WHERE order_id IS NOT NULL) AND (e.kind = 'tender'
            OR e.kind IN ('refund', 'void') AND NOT EXISTS (SELECT FROM document_document d WHERE d.order_id = e.order_id AND d.kind = 'receipt'))
    )::bigint AS unfinished_minor, (
        SELECT coalesce(sum(e.amount_minor - e.tip_minor), 0) FROM payment_till_entry e
        WHERE e.merchant_id = %(merchant)s AND e.order_id IN (SELECT order_id FROM paper) AND e.kind IN ('tender', 'void')
            AND NOT (e.register_id = %(register)s AND e.closing_id {{counted}})
    )::bigint AS paid_before_minor
FROM paper CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE line.discount_minor <> 0) AS number_of, sum(line.discount_minor) AS minor
    FROM jsonb_to_recordset(paper.content->'lines') line(discount_minor bigint)
) discounted
"""  # noqa: S608
_LATE = f"""
{_PAPER}
SELECT business_date, count(*)::int AS number, sum(total_minor)::bigint AS minor, min(number) AS first_receipt, max(number) AS last_receipt
FROM paper WHERE issued_at < %(last_closed_at)s GROUP BY 1 ORDER BY 1
"""  # noqa: S608
_TAXES = f"""
{_PAPER}, sold AS (
    SELECT t.rate_basis_points AS rate, sum(t.total_minor) AS total, sum(t.tax_minor) AS tax
    FROM paper CROSS JOIN LATERAL jsonb_to_recordset(paper.content->'taxes') t(rate_basis_points int, total_minor bigint, tax_minor bigint) GROUP BY 1
), entry AS (
    SELECT e.source_id FROM payment_till_entry e
    WHERE e.merchant_id = %(merchant)s AND e.register_id = %(register)s AND e.kind = 'return' AND e.closing_id {{counted}}
), line AS (
    SELECT (l->>4)::int AS rate, (l->>2)::bigint AS total, (l->>3)::bigint AS tax
    FROM entry e JOIN fulfilment_return r ON r.id = e.source_id CROSS JOIN LATERAL jsonb_array_elements(r.lines) l
    UNION ALL
    SELECT l.rate_basis_points, l.total_minor, l.tax_minor FROM entry e JOIN after_sales_loose_return r ON r.id = e.source_id
    CROSS JOIN LATERAL jsonb_to_recordset(r.lines) l(rate_basis_points int, total_minor bigint, tax_minor bigint)
), back AS (SELECT rate, sum(total) AS total, sum(tax) AS tax FROM line GROUP BY 1)
SELECT coalesce(sold.rate, back.rate) AS rate_basis_points, coalesce(sold.total, 0)::bigint AS sales_minor, coalesce(sold.tax, 0)::bigint AS sales_tax_minor,
    coalesce(back.total, 0)::bigint AS returns_minor, coalesce(back.tax, 0)::bigint AS returns_tax_minor
FROM sold FULL JOIN back ON back.rate = sold.rate ORDER BY 1
"""  # noqa: S608
# A paper whose order has tender entries prints what they say already, and what was paid elsewhere, as by link on the customer's phone.
_MOVED = f"""
{_PAPER}
SELECT 'tender' AS kind, t.method, count(*)::int AS number, sum(t.amount_minor)::bigint AS minor, 0::bigint AS tips
FROM paper CROSS JOIN LATERAL jsonb_to_recordset(paper.content->'tenders') t(method text, amount_minor bigint)
WHERE NOT EXISTS (SELECT FROM payment_till_entry e WHERE e.order_id = paper.order_id AND e.kind = 'tender') GROUP BY 2
UNION ALL
SELECT 'tender', p.method, count(*)::int, sum(p.authorised_minor - p.voided_minor)::bigint, 0::bigint
FROM (SELECT DISTINCT order_id FROM paper) sold JOIN payment_payment p
    ON p.order_id = sold.order_id AND p.register_id IS NULL AND p.authorised_minor > p.voided_minor
WHERE EXISTS (SELECT FROM payment_till_entry e WHERE e.order_id = sold.order_id AND e.kind = 'tender') GROUP BY 2
UNION ALL
SELECT CASE e.kind WHEN 'reclaim' THEN 'tender' ELSE e.kind END, e.method, count(*)::int, sum(e.amount_minor)::bigint, sum(e.tip_minor)::bigint
FROM payment_till_entry e
WHERE e.merchant_id = %(merchant)s AND e.register_id = %(register)s AND e.closing_id {{counted}} GROUP BY 1, 2
"""  # noqa: S608
_MOVEMENTS = """
SELECT m.kind, count(*)::int AS number, sum(m.amount_minor)::bigint AS minor FROM till_shift s JOIN till_movement m ON m.shift_id = s.id
WHERE s.merchant_id = %(merchant)s AND s.register_id = %(register)s AND s.closing_id {counted} GROUP BY 1
"""


def take_figures(span: Span) -> Figures:
    """Add up what happened at a register, with five statements whatever their number. Changes nothing."""
    parameters = span.parameters()
    [sales] = db.dict_rows(span.narrow(_SALES), parameters)
    moved = db.dict_rows(span.narrow(_MOVED), parameters)
    returned = [row for row in moved if row["kind"] == "return"]
    late = db.dict_rows(_LATE, parameters) if span.last_closed_at else []
    return Figures(
        **sales,
        tips_minor=sum(row["tips"] for row in moved),
        returns=sum(row["number"] for row in returned),
        returns_minor=-sum(row["minor"] for row in returned),
        taxes=tuple(TaxFigures(**row) for row in db.dict_rows(span.narrow(_TAXES), parameters)),
        tenders=_tenders(moved),
        movements=take_movements(span),
        late=tuple(LateFigures(**row) for row in late),
        opening_cash_minor=span.opening_cash_minor,
        numbers_after=span.receipts_after,
        numbers_until=span.until,
    )


def take_movements(span: Span) -> tuple[MovementFigures, ...]:
    """Return the drawer's movements by kind, in the order in which they are shown."""
    rows = {row["kind"]: MovementFigures(**row) for row in db.dict_rows(span.narrow(_MOVEMENTS), span.parameters())}
    return tuple(rows[kind] for kind in MOVEMENT_SIGNS if kind in rows)


def _tenders(moved: list[dict[str, Any]]) -> tuple[TenderFigures, ...]:
    methods = sorted(
        {row["method"] for row in moved if row["kind"] != "return"}, key=lambda method: (method != "cash", method)
    )
    return tuple(
        TenderFigures(
            method,
            *_summed(moved, "tender", method),
            *_summed(moved, "refund", method),
            *_summed(moved, "void", method),
        )
        for method in methods
    )


def _summed(moved: list[dict[str, Any]], kind: str, method: str) -> tuple[int, int]:
    rows = [row for row in moved if row["kind"] == kind and row["method"] == method]
    return sum(row["number"] for row in rows), abs(sum(row["minor"] for row in rows))


_DRAWER = f"""
{_PAPER}
SELECT coalesce((
    SELECT sum(t.amount_minor) FROM paper CROSS JOIN LATERAL jsonb_to_recordset(paper.content->'tenders') t(method text, amount_minor bigint)
    WHERE t.method = 'cash' AND NOT EXISTS (SELECT FROM payment_till_entry e WHERE e.order_id = paper.order_id AND e.kind = 'tender')
), 0) + coalesce((
    SELECT sum(amount_minor) FROM payment_till_entry
    WHERE merchant_id = %(merchant)s AND register_id = %(register)s AND closing_id IS NULL AND method = 'cash'
), 0) + coalesce((
    SELECT sum(m.amount_minor) FROM till_shift s JOIN till_movement m ON m.shift_id = s.id
    WHERE s.merchant_id = %(merchant)s AND s.register_id = %(register)s AND s.closing_id IS NULL
), 0)
"""  # noqa: S608


def drawer_minor(span: Span) -> int:
    """Return what should lie in the drawer now, with one statement."""
    [(moved,)] = db.rows(_DRAWER, span.parameters())
    return span.opening_cash_minor + int(moved)
