"""
Customers' bank transfers: a line that names an order that is not paid is money in on that order.

An order is named by its number, with or without blanks, by a creditor reference (RF, ISO 11649) or by a numeric one (OCR with length and check digit, Luhn); see
`transfer_references`. Where one line names several orders it pays them only if it is exactly what they owe; everything else is an exception. What came is booked in
full: what is missing stays open on the order, what is too much shows there as overpaid, and both are exceptions until they are settled.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.money import Money
from merchant.core.tenancy import current_merchant_id
from payments.processing.tenders import take_transfer
from payments.reconciliation.matching import differences
from payments.reconciliation.matching.naming import LENGTH_MIN, find_named
from payments.reconciliation.models import BankAccount, Match

_RF_MODULUS = 97
# Every order with an open amount is looked for; more than these are a migration's leftovers, and the newest are looked for.
_ORDERS_MAX = 100_000
REFERENCE_KINDS = ("ocr", "rf", "number")
# Where banks print and check numeric references with a Luhn digit.
_OCR_COUNTRIES = ("SE", "NO", "DK")
SCORES = {"transfer_rf": 1000, "transfer_ocr": 1000, "transfer_order_number": 950}


def transfer_references(number: str) -> dict[str, str]:
    """Return what a customer may quote to pay the order `number` by transfer: its number, a creditor reference `rf` and a numeric reference `ocr`."""
    plain = "".join(sign for sign in number.upper() if sign.isascii() and sign.isalnum())
    digits = "".join(str(int(sign, 36)) for sign in plain)
    check = _RF_MODULUS + 1 - int("".join(str(int(sign, 36)) for sign in f"{plain}RF00")) % _RF_MODULUS
    body = f"{digits}{(len(digits) + 2) % 10}"
    return {"number": number, "rf": f"RF{check:02}{plain}", "ocr": f"{body}{_luhn(body)}"}


def reference_kind_of(account: BankAccount | None, *, country: str) -> str:
    """Return which of `REFERENCE_KINDS` payers of an account are asked to quote: what was chosen, else the country's custom."""
    if account is not None and account.reference_kind:
        return str(account.reference_kind)
    return "ocr" if country in _OCR_COUNTRIES else "rf"


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 if number % 2 == 0 else 1) for number, digit in enumerate(reversed(digits)))
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


_OPEN = {
    "transfer_line": """
    AS SELECT l.id, l.bank_account_id, l.amount_minor, l.currency, l.booked_on,
        upper(regexp_replace(concat_ws(' ', l.reference, l.end_to_end_id, l.text), '[^[:alnum:]]', '', 'g')) AS said,
        l.text || ' ' || l.end_to_end_id AS written
    FROM bank_statement_line l
    WHERE l.merchant_id = %(merchant)s AND l.amount_minor > 0
        AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = l.id AND m.undone_at IS NULL)
    """,
    "transfer_form": "(order_id uuid, form text, rule text)",
    "transfer_pair": "(line_id uuid, order_id uuid, rule text, per_line bigint)",
}
_ORDERS = f"""
AS SELECT o.id, o.number, upper(regexp_replace(o.number, '[^[:alnum:]]', '', 'g')) AS plain, o.currency, o.total_minor - o.secured_minor AS minor
FROM order_order o WHERE o.merchant_id = %(merchant)s AND o.status = 'open' AND o.total_minor > o.secured_minor AND o.cancel_asked_at IS NULL
    AND NOT EXISTS (SELECT FROM payment_operation p WHERE p.order_id = o.id AND p.kind IN ('authorise', 'increment')
        AND p.status NOT IN ('succeeded', 'declined', 'failed'))
ORDER BY o.id DESC LIMIT {_ORDERS_MAX}
"""  # noqa: S608
# What a number is as digits, and the two references made of it, as `transfer_references` does.
_FORMS = f"""
WITH digit AS (
    SELECT o.id, o.plain, string_agg(CASE WHEN sign ~ '[0-9]' THEN sign ELSE (ascii(sign) - 55)::text END, '' ORDER BY place) AS digits
    FROM transfer_order o CROSS JOIN LATERAL regexp_split_to_table(o.plain, '') WITH ORDINALITY AS s (sign, place)
    WHERE length(o.plain) >= {LENGTH_MIN} AND o.plain ~ '^[0-9A-Z]+$' GROUP BY 1, 2
), body AS (
    SELECT *, digits || mod(length(digits) + 2, 10) AS body, {_RF_MODULUS + 1} - mod((digits || '271500')::numeric, {_RF_MODULUS}) AS rf FROM digit
), checked AS (
    SELECT body.*, (SELECT sum(CASE WHEN mod(n, 2) = 0 THEN d WHEN d > 4 THEN 2 * d - 9 ELSE 2 * d END)
        FROM (SELECT substr(reverse(body.body), n, 1)::int AS d, n FROM generate_series(1, length(body.body)) n) each_digit) AS total
    FROM body
)
INSERT INTO transfer_form
SELECT id, plain, 'transfer_order_number' FROM checked
UNION ALL SELECT id, 'RF' || lpad(rf::int::text, 2, '0') || plain, 'transfer_rf' FROM checked
UNION ALL SELECT id, body || mod(10 - mod(total, 10), 10), 'transfer_ocr' FROM checked
"""  # noqa: S608
# What is announced by a payout is no customer's transfer.
_OPEN_PAYOUTS = "SELECT reference AS form FROM settlement_payout WHERE merchant_id = %(merchant)s AND status IN ('in_transit', 'short')"
_DROP_PAYOUTS = "DELETE FROM transfer_line l USING named_reference n WHERE n.line_id = l.id"
_PAIRS = """
WITH named AS (
    SELECT DISTINCT ON (n.line_id, f.order_id) n.line_id, f.order_id, f.rule FROM named_form n JOIN transfer_form f ON f.form = n.form
    JOIN transfer_line l ON l.id = n.line_id JOIN transfer_order o ON o.id = f.order_id AND o.currency = l.currency ORDER BY n.line_id, f.order_id, f.rule DESC
)
INSERT INTO transfer_pair SELECT line_id, order_id, rule, count(*) OVER (PARTITION BY line_id) FROM named
"""
# The groups are named before anything is joined to them: a join that reads them twice would name them twice.
_PAID = """
WITH whole AS MATERIALIZED (
    SELECT pair.line_id, new_uuid7() AS group_id FROM transfer_pair pair JOIN transfer_line line ON line.id = pair.line_id JOIN transfer_order owing ON owing.id = pair.order_id
    WHERE pair.per_line > 1 GROUP BY pair.line_id, line.amount_minor HAVING sum(owing.minor) = line.amount_minor
)
SELECT p.line_id, p.order_id, p.rule, l.bank_account_id, CASE WHEN p.per_line = 1 THEN l.amount_minor ELSE o.minor END AS minor, l.currency, l.booked_on, w.group_id,
    row_number() OVER (PARTITION BY p.line_id ORDER BY o.number) - 1 AS part
FROM transfer_pair p JOIN transfer_line l ON l.id = p.line_id JOIN transfer_order o ON o.id = p.order_id LEFT JOIN whole w ON w.line_id = p.line_id
WHERE p.per_line = 1 OR w.group_id IS NOT NULL ORDER BY p.line_id, part
"""


def match_transfers(*, today: date, now: datetime) -> int:
    """Book every bank line that names an order that is not paid as money in on it, in the caller's transaction, and name what does not tie. Returns how many payments were taken."""
    parameters: dict[str, Any] = {"merchant": current_merchant_id()}
    for name, body in _OPEN.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    # Where every line is explained, no order is looked at.
    has_lines = bool(db.rows("SELECT FROM transfer_line LIMIT 1"))
    db.temporary_table("transfer_order", _ORDERS if has_lines else f"{_ORDERS} WITH NO DATA", parameters)
    taken = []
    if has_lines:
        db.execute(_FORMS)
        find_named(
            "named_reference",
            texts="SELECT id, written AS said FROM transfer_line",
            forms=_OPEN_PAYOUTS,
            parameters=parameters,
        )
        db.execute(_DROP_PAYOUTS)
        find_named(
            "named_form",
            texts="SELECT id, said FROM transfer_line",
            forms="SELECT form FROM transfer_form",
            parameters={},
        )
        db.execute("ANALYZE transfer_form, transfer_line, transfer_order")
        db.execute(_PAIRS)
        taken = db.dict_rows(_PAID)
    for row in taken:
        _take(row, now=now)
    _name_differences(today=today, now=now)
    return len(taken)


def _take(row: dict[str, Any], *, now: datetime) -> None:
    operation_id = take_transfer(
        order_id=row["order_id"], amount=Money(row["minor"], row["currency"]), bank_account_id=row["bank_account_id"],
        statement_line_id=row["line_id"], now=now,
    )  # fmt: skip
    part = int(row["part"]) if row["group_id"] else 0
    Match(
        rule=row["rule"], statement_line_id=UUID(str(row["line_id"])), operation_id=operation_id, amount_minor=row["minor"], currency=row["currency"],
        group_id=row["group_id"], part=part, score=SCORES[row["rule"]], evidence={"booked_on": row["booked_on"].isoformat()}, matched_at=now,
    ).save(force_insert=True)  # fmt: skip


# An order that a transfer paid in part, or too much; one that was cancelled is owed all of it.
_UNEVEN = """
SELECT 'amount', 'transfer:' || o.id, o.number, o.secured_minor - o.refunded_minor - agreed.minor, o.currency, agreed.minor, o.secured_minor - o.refunded_minor,
    CASE WHEN o.secured_minor - o.refunded_minor < agreed.minor THEN 'The customer transferred less than the order is.' ELSE 'The customer transferred more than the order is.' END,
    NULL::uuid, min(m.operation_id::text)::uuid, NULL::uuid, min(m.statement_line_id::text)::uuid, NULL::uuid, o.business_date
FROM recon_match m JOIN payment_operation p ON p.id = m.operation_id JOIN order_order o ON o.id = p.order_id
CROSS JOIN LATERAL (SELECT CASE WHEN o.status = 'cancelled' THEN 0 ELSE o.total_minor END AS minor) agreed
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.statement_line_id IS NOT NULL
    AND (o.secured_minor < agreed.minor OR o.secured_minor - o.refunded_minor > agreed.minor)
GROUP BY o.id, agreed.minor
"""
_VAGUE = """
SELECT DISTINCT ON (p.line_id) 'ambiguous', 'transfer_line:' || p.line_id, o.number, l.amount_minor, l.currency, NULL::bigint, l.amount_minor,
    'The line names ' || p.per_line || ' orders and is not what they owe.', NULL::uuid, NULL::uuid, NULL::uuid, l.id, NULL::uuid, l.booked_on
FROM transfer_pair p JOIN transfer_line l ON l.id = p.line_id JOIN transfer_order o ON o.id = p.order_id
WHERE p.per_line > 1 AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = p.line_id AND m.undone_at IS NULL)
ORDER BY p.line_id, o.number
"""
_SETTLED = """
UPDATE recon_exception e SET status = 'cleared', resolution = 'The order is paid as agreed.', resolved_at = %(now)s
WHERE e.merchant_id = %(merchant)s AND e.status = 'open' AND e.kind = 'amount' AND e.dedup_key LIKE 'transfer:%%'
    AND NOT EXISTS (SELECT FROM current_difference c WHERE c.dedup_key = e.dedup_key)
"""


def _name_differences(*, today: date, now: datetime) -> None:
    differences.begin()
    parameters = {"merchant": current_merchant_id(), "now": now}
    for statement in (_UNEVEN, _VAGUE):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    differences.keep_current(kinds=[], ambiguous="transfer_line:%", today=today, now=now)
    db.execute(_SETTLED, parameters)
