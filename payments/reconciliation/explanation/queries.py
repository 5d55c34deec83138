"""
Explain this cent: a bank line down to its payouts, their lines, payments, orders and receipts, and a payment back up to the bank.

Whatever is told adds up to the minor unit: a bank line is its parts and `unexplained`, a payout its steps and `unexplained`, the steps their lines and those left
out. The number of statements is the same for one line and for ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_merchant_id

# What one answer lists; more are paged. A payout of a busy week has some thousand rows, and an answer of this many is about four megabytes.
LINES_MAX = 10_000
# In which order money goes from gross to net, and which kinds of row each step adds up. Kinds that are not here are `other`.
STEPS: dict[str, tuple[str, ...]] = {
    "gross": ("sale",),
    "refunds": ("refund",),
    "disputes": ("chargeback", "chargeback_reversal"),
    "reserve": ("reserve_hold", "reserve_release"),
    "other": (),
    "fees": (),
}


@dataclass(slots=True)
class Explained:
    """
    A payout taken apart. `rows` are sums per kind: number, gross, fee, net. `steps` come to `amount_minor` less `unexplained_minor`; `lines_left_out` are rows and net
    of those that `lines` does not show.
    """

    payout: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    bank_lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def steps(self) -> dict[str, int]:
        """Minor units of each step; the last one takes all fees off."""
        kinds = {kind: step for step, names in STEPS.items() for kind in names}
        sums = dict.fromkeys(STEPS, 0)
        for row in self.rows:
            sums[kinds.get(row["kind"], "other")] += row["gross_minor"]
            sums["fees"] -= row["fee_minor"]
        return sums

    @property
    def unexplained_minor(self) -> int:
        """What the payout is beyond its rows: nothing, where the report ties."""
        return int(self.payout["amount_minor"]) - sum(self.steps.values())

    @property
    def lines_left_out(self) -> dict[str, int]:
        """How many rows are not listed, and their net."""
        number, net = (sum(row[name] for row in self.rows) for name in ("number", "net_minor"))
        return {"number": number - len(self.lines), "net_minor": net - sum(line["net_minor"] for line in self.lines)}


@dataclass(slots=True)
class ExplainedBankLine:
    """A bank line: `parts` are what was matched with it, each with the payout, deposit or payment it is."""

    line: dict[str, Any]
    parts: list[dict[str, Any]]
    payouts: dict[UUID, Explained]

    @property
    def unexplained_minor(self) -> int:
        """What nothing was found for."""
        return int(self.line["amount_minor"]) - sum(part["amount_minor"] for part in self.parts)


@dataclass(slots=True)
class ExplainedPayment:
    """A payment: what moved, by which report row each was settled, in which payout, on which bank line, and its papers."""

    payment: dict[str, Any]
    operations: list[dict[str, Any]]
    payouts: list[dict[str, Any]]
    bank_lines: list[dict[str, Any]]
    receipts: list[dict[str, Any]]

    @property
    def sums(self) -> list[dict[str, Any]]:
        """What was settled, per currency it was settled in: gross, fees and net in minor units. A row that several payments share says nothing of their fees."""
        found: dict[str, list[int]] = {}
        for row in self.operations:
            if row["line_id"]:
                added = found.setdefault(row["settled_in"], [0, 0])
                added[0] += row["settled_minor"]
                added[1] += row["own_fee_minor"] or 0
        return [
            {"currency": currency, "gross_minor": gross, "fees_minor": fees, "net_minor": gross - fees}
            for currency, (gross, fees) in sorted(found.items())
        ]

    @property
    def not_settled_minor(self) -> int:
        """What has moved and no report has brought, in the payment's currency."""
        return sum(row["minor"] for row in self.operations if not row["line_id"])


# Which rows `l` a payout `p` is made of, in its own report alone (`own`) or in all of the account, which takes as long as there are rows. Its own row counts with its fee; where only a batch names them, so do other payouts of the batch, which took from it.
_RETURNED = "right(p.reference, 9) = ' returned'"
_NAME = "coalesce(nullif(l.payout_reference, ''), 'batch ' || l.batch || ' ' || l.currency)"
_INSIDE = f"""
SELECT p.id AS payout_id, l.id AS line_id, l.report_id, l.line, l.kind AS row_kind,
    CASE WHEN l.kind = 'payout' AND {_NAME} = p.reference THEN 'payout' WHEN l.kind = 'payout' THEN 'other_payout'
        WHEN l.kind = 'payout_reversal' THEN 'returned' ELSE l.kind END AS kind,
    CASE WHEN l.kind = 'payout' AND {_NAME} = p.reference THEN 0 WHEN {_RETURNED} THEN -l.gross_minor ELSE l.gross_minor END AS gross_minor, l.fee_minor,
    l.payout_reference = '' AND l.kind NOT IN ('payout', 'payout_reversal') AS by_batch
FROM settlement_payout p JOIN settlement_line l ON l.merchant_id = p.merchant_id AND l.gateway_account_id = p.gateway_account_id AND l.currency = p.currency
    AND CASE WHEN {_RETURNED} THEN l.kind = 'payout_reversal' AND left({_NAME} || ' returned', 80) = p.reference
        WHEN l.kind = 'payout' THEN {_NAME} = p.reference OR l.batch <> '' AND l.batch = p.batch
        WHEN l.payout_reference <> '' THEN l.payout_reference = p.reference AND l.kind <> 'payout_reversal' ELSE l.batch <> '' AND l.batch = p.batch END
JOIN settlement_report r ON r.id = l.report_id AND r.status = 'posted'
WHERE p.merchant_id = %(merchant)s AND p.id = ANY(%(payouts)s) AND (NOT %(own)s OR l.report_id = p.report_id)
"""  # noqa: S608
# Another payout of the batch only counts where the rows are known by the batch alone.
CARRIED = f"""
SELECT * FROM (SELECT i.*, bool_or(by_batch) OVER (PARTITION BY payout_id) AS is_shared FROM ({_INSIDE}) i) i WHERE kind <> 'other_payout' OR is_shared
"""  # noqa: S608
_SUMS = f"""
SELECT payout_id, kind, count(*)::int AS number, sum(gross_minor)::bigint AS gross_minor, sum(fee_minor)::bigint AS fee_minor,
    sum(gross_minor - fee_minor)::bigint AS net_minor
FROM ({CARRIED}) carried GROUP BY 1, 2 ORDER BY 1, abs(sum(gross_minor - fee_minor)) DESC, 2
"""  # noqa: S608
_LINES = f"""
SELECT c.payout_id, c.line_id, c.report_id, c.line, c.kind, l.type_text, l.currency, c.gross_minor, c.fee_minor, c.gross_minor - c.fee_minor AS net_minor,
    coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), nullif(l.merchant_reference, ''), l.line_key) AS reference,
    l.original_currency, l.original_gross_minor, o.id AS operation_id, o.payment_id, pay.order_id, ord.number AS order_number, coalesce(s.name, '') AS store,
    (m.evidence->>'parts')::int AS parts, paper.id AS receipt_id, paper.number AS receipt_number
FROM (
    SELECT * FROM ({CARRIED}) carried WHERE %(after)s::uuid IS NULL OR line_id > %(after)s ORDER BY line_id LIMIT %(most)s
) c JOIN settlement_line l ON l.id = c.line_id
LEFT JOIN recon_match m ON m.id = l.id LEFT JOIN payment_operation o ON o.id = m.operation_id LEFT JOIN payment_payment pay ON pay.id = o.payment_id
LEFT JOIN order_order ord ON ord.id = pay.order_id LEFT JOIN merchant_store s ON s.id = pay.store_id
LEFT JOIN LATERAL (
    SELECT d.id, d.number FROM document_document d WHERE d.order_id = pay.order_id AND d.kind = 'receipt' ORDER BY d.id LIMIT 1
) paper ON true
ORDER BY c.line_id
"""  # noqa: S608
_PAYOUTS = """
SELECT p.id, p.reference, p.batch, p.currency, p.amount_minor, p.arrived_minor, p.status, p.announced_on, p.expected_on, p.report_id, p.gateway_account_id,
    g.name AS gateway_account,
    EXISTS (SELECT FROM settlement_report r WHERE r.gateway_account_id = p.gateway_account_id AND r.id <> p.report_id AND (r.rows_known > 0 OR r.rows_changed > 0)) AS has_overlaps
FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id WHERE p.merchant_id = %(merchant)s AND p.id = ANY(%(payouts)s) ORDER BY p.id
"""
_BANK_LINES = """
SELECT m.payout_id, l.id, l.statement_id, l.bank_account_id, a.name AS bank_account, l.booked_on, l.amount_minor, l.currency, l.text, m.amount_minor AS matched_minor, m.rule
FROM recon_match m JOIN bank_statement_line l ON l.id = m.statement_line_id JOIN bank_account a ON a.id = l.bank_account_id
WHERE m.merchant_id = %(merchant)s AND m.payout_id = ANY(%(payouts)s) AND m.undone_at IS NULL ORDER BY l.booked_on, l.id
"""
_BANK_LINE = """
SELECT l.id, l.statement_id, l.bank_account_id, a.name AS bank_account, l.booked_on, l.amount_minor, l.currency, l.text, l.bank_reference, l.end_to_end_id,
    l.counterparty
FROM bank_statement_line l JOIN bank_account a ON a.id = l.bank_account_id WHERE l.merchant_id = %(merchant)s AND l.id = %(line)s
"""
_PARTS = """
SELECT m.rule, m.amount_minor, m.currency, m.payout_id, m.deposit_id, d.reference AS deposit, m.operation_id, o.payment_id, pay.order_id, ord.number AS order_number,
    CASE WHEN m.payout_id IS NOT NULL THEN 'payout' WHEN m.deposit_id IS NOT NULL THEN 'deposit' WHEN m.operation_id IS NOT NULL THEN 'payment' ELSE 'other' END AS kind
FROM recon_match m LEFT JOIN bank_deposit d ON d.id = m.deposit_id LEFT JOIN payment_operation o ON o.id = m.operation_id
LEFT JOIN payment_payment pay ON pay.id = o.payment_id LEFT JOIN order_order ord ON ord.id = pay.order_id
WHERE m.merchant_id = %(merchant)s AND m.statement_line_id = %(line)s AND m.undone_at IS NULL ORDER BY m.id
"""


def explain_bank_line(line_id: UUID, *, after: UUID | None = None, most: int = LINES_MAX) -> ExplainedBankLine:
    """
    Return what a bank line is made of, with at most `most` rows of its payouts behind the row `after`. Six statements, seven
    where a payout has rows in several reports.

    :raises NotFound: if the merchant has no such line.
    """
    parameters = {"merchant": current_merchant_id(), "line": line_id}
    found = db.dict_rows(_BANK_LINE, parameters)
    if not found:
        raise NotFound()
    parts = db.dict_rows(_PARTS, parameters)
    payouts = _explain([part["payout_id"] for part in parts if part["payout_id"]], after=after, most=most)
    return ExplainedBankLine(found[0], parts, {one.payout["id"]: one for one in payouts})


def explain_payout(payout_id: UUID, *, after: UUID | None = None, most: int = LINES_MAX) -> Explained:
    """
    Return what a payout is made of, with at most `most` of its rows behind the row `after`. Four statements, five where it has
    rows in several reports.

    :raises NotFound: if the merchant has no such payout.
    """
    found = _explain([payout_id], after=after, most=most)
    if not found:
        raise NotFound()
    return found[0]


def _explain(payout_ids: Sequence[UUID], *, after: UUID | None, most: int) -> list[Explained]:
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "payouts": list(payout_ids)}
    parameters |= {"after": after, "most": most, "own": True}
    found = {row["id"]: Explained(row) for row in db.dict_rows(_PAYOUTS, parameters)}
    _add_up(found, parameters)
    # A payout that the report which announced it explains has no rows elsewhere, unless a later report brought known rows again, and perhaps changed some.
    if any(one.unexplained_minor or one.payout["has_overlaps"] for one in found.values()):
        parameters["own"] = False
        _add_up(found, parameters)
    for row in db.dict_rows(_LINES, parameters):
        found[row["payout_id"]].lines.append(row)
    for row in db.dict_rows(_BANK_LINES, parameters):
        found[row["payout_id"]].bank_lines.append(row)
    return list(found.values())


def _add_up(found: dict[UUID, Explained], parameters: dict[str, Any]) -> None:
    for one in found.values():
        one.rows.clear()
    for row in db.dict_rows(_SUMS, parameters):
        found[row["payout_id"]].rows.append(row)


_PAYMENT = """
SELECT p.id, p.order_id, o.number AS order_number, p.store_id, coalesce(s.name, '') AS store, p.method, p.currency, p.amount_minor, p.captured_minor,
    p.refunded_minor, p.status, p.business_date
FROM payment_payment p JOIN order_order o ON o.id = p.order_id LEFT JOIN merchant_store s ON s.id = p.store_id
WHERE p.merchant_id = %(merchant)s AND p.id = %(payment)s
"""
# Where a line pays several operations, or several lines one, the match says which part of it is whose.
_OPERATIONS = """
SELECT o.id, o.kind, o.reference, o.currency, o.business_date,
    CASE WHEN o.kind = 'refund' OR o.kind = 'take_back' AND o.reason <> 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) AS minor,
    l.id AS line_id, l.report_id, r.name AS report_name, l.line, l.booked_on, l.currency AS settled_in, l.gross_minor, l.fee_minor, l.net_minor,
    CASE WHEN m.amount_minor = coalesce(l.original_gross_minor, l.gross_minor) THEN l.fee_minor END AS own_fee_minor,
    CASE WHEN l.original_gross_minor IS NULL THEN m.amount_minor ELSE l.gross_minor END AS settled_minor, m.rule, payout.id AS payout_id
FROM payment_operation o
LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
LEFT JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN LATERAL (
    SELECT p.id FROM settlement_payout p WHERE p.merchant_id = l.merchant_id AND p.gateway_account_id = l.gateway_account_id AND p.currency = l.currency
        AND CASE WHEN l.payout_reference <> '' THEN p.reference = l.payout_reference ELSE l.batch <> '' AND p.batch = l.batch END
    ORDER BY p.id LIMIT 1
) payout ON true
WHERE o.merchant_id = %(merchant)s AND o.payment_id = %(payment)s AND o.status = 'succeeded'
    AND (o.kind IN ('capture', 'refund', 'take_back') OR o.kind = 'authorise' AND (o.captures_at_once OR m.id IS NOT NULL))
ORDER BY o.id, l.id
"""
_RECEIPTS = """
SELECT d.id, d.kind, d.number, d.business_date, d.total_minor, d.currency FROM document_document d JOIN payment_payment p ON p.order_id = d.order_id
WHERE p.merchant_id = %(merchant)s AND p.id = %(payment)s AND d.kind IN ('receipt', 'invoice', 'credit_note') ORDER BY d.id
"""


def explain_payment(payment_id: UUID) -> ExplainedPayment:
    """
    Return where the money of a payment went: rows, payouts, bank lines, papers. Five statements.

    :raises NotFound: if the merchant has no such payment.
    """
    parameters = {"merchant": current_merchant_id(), "payment": payment_id}
    found = db.dict_rows(_PAYMENT, parameters)
    if not found:
        raise NotFound()
    operations = db.dict_rows(_OPERATIONS, parameters)
    payouts = {
        "merchant": current_merchant_id(),
        "payouts": list({row["payout_id"] for row in operations if row["payout_id"]}),
    }
    return ExplainedPayment(
        payment=found[0],
        operations=operations,
        payouts=db.dict_rows(_PAYOUTS, payouts),
        bank_lines=db.dict_rows(_BANK_LINES, payouts),
        receipts=db.dict_rows(_RECEIPTS, parameters),
    )
