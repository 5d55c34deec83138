"""
What one kind of file says again of what another kind said: a notification and the statement, a sum and its payments.

Works on `read_line`, the lines of the file being read, before they are kept. Nothing is matched by an amount alone: the bank's
own reference must be the same, or the bankgiro number and the day. Money that is there already is never added in another shape.
"""

from __future__ import annotations

from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.models import BankAccount

# The kinds of files that tell of entries before the statement does (`registry.is_notice`).
_NOTICE = "(f.format LIKE 'camt.052.%%' OR f.format LIKE 'camt.054.%%' OR f.format = 'mt942')"
# Banks book a notification's entry under the next banking day.
_DAYS = 5

# Only lines about the days of the file can be the same money.
_NEAR = "{0} BETWEEN (SELECT min(booked_on) FROM read_line) - 5 AND (SELECT max(booked_on) FROM read_line) + 5"
_OTHER_KIND = f"""
SELECT EXISTS (SELECT FROM bank_statement_file f WHERE f.merchant_id = %(merchant)s AND f.bank_account_id = %(account)s AND {_NOTICE} <> %(is_notice)s)
"""  # noqa: S608
# What the bank calls an entry: its own reference, else the payer's on that day.
_CALLED = """
left({0}.bank_reference, 80), CASE WHEN {0}.bank_reference = '' THEN left({0}.end_to_end_id, 80) || {0}.booked_on ELSE '' END, {0}.amount_minor, {0}.currency,
left({0}.carried_by, 80)
"""
# Equal entries are numbered, so that of two real ones two are dropped only if two were told before.
_TOLD = f"""
WITH read AS (
    SELECT r.id, r.booked_on, ROW({_CALLED.format("r")})::text AS called, row_number() OVER (PARTITION BY {_CALLED.format("r")} ORDER BY r.id) AS number
    FROM read_line r WHERE r.bank_reference <> '' OR r.end_to_end_id <> ''
), told AS (
    SELECT l.booked_on, ROW({_CALLED.format("l")})::text AS called, row_number() OVER (PARTITION BY {_CALLED.format("l")} ORDER BY l.id) AS number
    FROM bank_statement_line l JOIN bank_statement_file f ON f.id = l.statement_id
    WHERE l.merchant_id = %(merchant)s AND l.bank_account_id = %(account)s AND {_NOTICE} <> %(is_notice)s
        AND {_NEAR.format("l.booked_on")}
        AND NOT EXISTS (SELECT FROM read_line k WHERE k.line_key = l.line_key)
)
DELETE FROM read_line USING read JOIN told USING (called, number)
WHERE read_line.id = read.id AND told.booked_on BETWEEN read.booked_on - {_DAYS} AND read.booked_on + {_DAYS}
"""  # noqa: S608
_SUMS = "SELECT carried_by, currency, sum(amount_minor) AS minor, min(booked_on) AS booked_on FROM {} WHERE {} GROUP BY 1, 2"
_KNOWN_SUMS = _SUMS.format(
    "bank_statement_line",
    f"merchant_id = %(merchant)s AND bank_account_id = %(account)s AND carried_by <> '' AND {_NEAR.format('booked_on')}",
)
_NEW_SUMS = _SUMS.format(
    "read_line r",
    """carried_by <> '' AND NOT EXISTS (
        SELECT FROM bank_statement_line k WHERE k.merchant_id = %(merchant)s AND k.bank_account_id = %(account)s AND k.carried_by = left(r.carried_by, 80))""",
)
# Whether `{0}` is the sum `s`: by the bank's reference, or as Bankgirot's deposit of that day to that number.
_IS_SUM = """
{0}.carried_by = '' AND {0}.currency = s.currency AND {0}.amount_minor = s.minor AND (left({0}.bank_reference, 80) = s.carried_by OR (
    s.carried_by LIKE 'bankgiro %%' AND {0}.booked_on = s.booked_on
    AND position(split_part(s.carried_by, ' ', 2) IN regexp_replace({1} || ' ' || {0}.bank_reference || ' ' || {0}.end_to_end_id, '-', '', 'g')) > 0))
"""
# Of equal sums as many are taken as there are groups of payments: the first with the first. Two real ones with the payments of one: one stays.
_PAIRED = """
SELECT id, carriers[number] AS carried_by FROM (
    SELECT {0}.id, c.carriers, row_number() OVER (PARTITION BY {0}.amount_minor, {0}.currency, c.carriers ORDER BY {0}.id) AS number
    FROM {1} CROSS JOIN LATERAL (SELECT array_agg(s.carried_by ORDER BY s.carried_by) AS carriers FROM sums s WHERE {2}) c
    WHERE {3} AND c.carriers IS NOT NULL
) n WHERE number <= cardinality(carriers)
"""
_ONE_KNOWN = f"""
WITH sums AS ({_KNOWN_SUMS}) DELETE FROM read_line USING ({_PAIRED.format("r", "read_line r", _IS_SUM.format("r", "r.line_text"), "r.carried_by = ''")}) known
WHERE read_line.id = known.id
"""  # noqa: S608
_OWN_LINES = f"l.merchant_id = %(merchant)s AND l.bank_account_id = %(account)s AND {_NEAR.format('l.booked_on')}"
_SUMS_THERE = f"""
WITH sums AS ({_NEW_SUMS})
SELECT p.id, p.carried_by, EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = p.id) OR EXISTS (
    SELECT FROM recon_exception e WHERE e.statement_line_id = p.id AND e.status = 'resolved') AS is_used
FROM ({_PAIRED.format("l", "bank_statement_line l", _IS_SUM.format("l", "l.text"), _OWN_LINES)}) p
"""  # noqa: S608


def drop_repeats(account: BankAccount, *, is_notice: bool) -> None:
    """
    Take out of `read_line` what the account's lines hold already in another shape, in the caller's transaction.

    A sum whose payments come now gives way to them while nothing was matched with it or decided of it; otherwise the payments
    are not added. Takes the merchant's reconciliation lock if there is such a sum.
    """
    values: dict[str, Any] = {"merchant": current_merchant_id(), "account": account.id, "is_notice": is_notice}
    if db.rows(_OTHER_KIND, values)[0][0]:
        db.execute(_TOLD, values)
    db.execute(_ONE_KNOWN, values)
    if not db.rows(_SUMS_THERE, values):
        return
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconciliation:{current_merchant_id()}"])
    for line_id, carried_by, is_used in db.rows(_SUMS_THERE, values):
        if is_used:
            db.execute("DELETE FROM read_line WHERE carried_by = %s", [carried_by])
        else:
            db.execute("DELETE FROM bank_statement_line WHERE id = %s", [line_id])
