"""
Cash deposits: sent from a store's safe, found again on the statement.

Surest first: the deposit's reference on the bank line, whatever the bank counted; then the amount, where one line fits one deposit and no other. What the bank
credited is booked; a difference stays in transit, and listed, until somebody decides.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.ids import readable_code
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import deposit_arrived, deposit_sent
from payments.reconciliation.matching import differences
from payments.reconciliation.matching.naming import LENGTH_MIN, find_named
from payments.reconciliation.models import Deposit

# How long after it left the safe an amount alone may speak for a deposit: a night safe is counted within days.
WINDOW_DAYS = 10
# A deposit that no statement brings is missed after a long weekend.
MISSED_AFTER_DAYS = 5


class DepositReferenceTaken(AppError):
    """Another deposit has this reference."""

    code = "deposit_reference_taken"
    detail = "There is a deposit with the reference {reference} already."
    next_step = "Use the number of the bag or slip; each is used once."


@transaction.atomic
def send_deposit(
    *, store_id: UUID, amount: Money, person: str, day: date, now: datetime, reference: str = ""
) -> Deposit:
    """
    Note that cash left a store's safe for the bank and book it as in transit. Without a reference it gets one of its own.

    :raises DepositReferenceTaken: if another deposit has the reference.
    """
    deposit = Deposit(
        store_id=store_id,
        reference=reference or f"DEP{readable_code(8)}",
        currency=amount.currency,
        amount_minor=amount.minor,
        person=person,
        sent_on=day,
        sent_at=now,
    )
    try:
        with transaction.atomic():
            deposit.save(force_insert=True)
    except IntegrityError:
        raise DepositReferenceTaken(reference=reference) from None
    ledger.post(
        recipe="deposit_sent",
        source=f"deposit:{deposit.id}",
        about=f"deposit:{deposit.id}",
        legs=deposit_sent(store=str(store_id), minor=amount.minor, currency=amount.currency),
        business_date=day,
        now=now,
        text=f"Deposit {deposit.reference}",
    )
    data = {"amount_minor": amount.minor, "currency": amount.currency, "reference": deposit.reference}
    audit.record("deposit.sent", subject=f"deposit:{deposit.id}", now=now, data=data)
    outbox.publish("deposit.sent", f"deposit:{deposit.id}", {"deposit_id": str(deposit.id), **data})
    return deposit


_OPEN = {
    "open_deposit": """
    AS SELECT id, reference, currency, amount_minor - arrived_minor AS minor, sent_on FROM bank_deposit
    WHERE merchant_id = %(merchant)s AND status <> 'in_bank'
    """,
    "open_credit": """
    AS SELECT l.id, l.bank_account_id, l.amount_minor, l.currency, l.booked_on, l.text, l.end_to_end_id, l.bank_reference
    FROM bank_statement_line l
    WHERE l.merchant_id = %(merchant)s AND l.amount_minor > 0 AND EXISTS (SELECT FROM open_deposit)
        AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = l.id AND m.undone_at IS NULL)
    """,
    "deposit_pair": "(deposit_id uuid, line_id uuid, rule text)",
}
# Which deposit each line names; the case is the bank's.
_NAMED = f"""
AS SELECT n.line_id, d.id AS deposit_id FROM named_reference n JOIN open_deposit d ON lower(d.reference) = n.form
UNION SELECT l.id, d.id FROM open_credit l JOIN open_deposit d ON d.reference = l.end_to_end_id WHERE length(d.reference) >= {LENGTH_MIN}
UNION SELECT l.id, d.id FROM open_credit l JOIN open_deposit d ON d.reference = l.bank_reference WHERE length(d.reference) >= {LENGTH_MIN}
"""  # noqa: S608
_BY_REFERENCE = "(l.id, d.id) IN (SELECT line_id, deposit_id FROM named_deposit)"
_BY_AMOUNT = f"d.minor = l.amount_minor AND l.booked_on BETWEEN d.sent_on AND d.sent_on + {WINDOW_DAYS}"
# (rule, what must hold, whether a deposit may come in several lines)
_PASSES = [("deposit_reference", _BY_REFERENCE, True), ("deposit_amount_and_day", _BY_AMOUNT, False)]
_BIND = """
INSERT INTO deposit_pair SELECT deposit_id, line_id, %(rule)s FROM (
    SELECT l.id AS line_id, d.id AS deposit_id, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY d.id) AS per_deposit
    FROM open_credit l JOIN open_deposit d ON d.currency = l.currency AND {condition}
) c WHERE per_line = 1 AND (per_deposit = 1 OR %(several)s)
"""
_FORGET = [
    "DELETE FROM open_credit l USING deposit_pair b WHERE l.id = b.line_id",
    "DELETE FROM open_deposit d USING deposit_pair b WHERE d.id = b.deposit_id",
]
_STORE = """
INSERT INTO recon_match (id, merchant_id, rule, statement_line_id, deposit_id, amount_minor, currency, evidence, matched_at)
SELECT new_uuid7(), %(merchant)s, b.rule, l.id, b.deposit_id, l.amount_minor, l.currency,
    jsonb_build_object('text', l.text, 'end_to_end_id', l.end_to_end_id, 'booked_on', l.booked_on), %(now)s
FROM deposit_pair b JOIN bank_statement_line l ON l.id = b.line_id ORDER BY l.id
RETURNING id, deposit_id, statement_line_id, amount_minor, currency
"""
_ARRIVE = """
UPDATE bank_deposit d SET arrived_minor = d.arrived_minor + a.minor,
    status = CASE WHEN d.arrived_minor + a.minor >= d.amount_minor THEN 'in_bank' ELSE 'short' END
FROM (SELECT b.deposit_id, sum(l.amount_minor) AS minor FROM deposit_pair b JOIN bank_statement_line l ON l.id = b.line_id GROUP BY 1) a
WHERE d.id = a.deposit_id
"""


def match_deposits(*, today: date, now: datetime) -> int:
    """Match bank lines with deposits, book what arrived and name what did not, in the caller's transaction. Returns how many lines matched."""
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    for name, body in _OPEN.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    find_named(
        "named_reference",
        texts="SELECT id, lower(text) AS said FROM open_credit",
        forms="SELECT lower(reference) AS form FROM open_deposit",
        parameters={},
    )
    db.temporary_table("named_deposit", _NAMED)
    db.execute("ANALYZE named_deposit, open_deposit, open_credit (id, currency, amount_minor, booked_on)")
    for rule, condition, may_be_several in _PASSES:
        db.execute(_BIND.format(condition=condition), {"rule": rule, "several": may_be_several})
        for statement in _FORGET:
            db.execute(statement)
    stored = db.rows(_STORE, parameters)
    db.execute(_ARRIVE)
    for match_id, deposit_id, line_id, minor, currency in stored:
        _book(match_id=match_id, deposit_id=deposit_id, line_id=line_id, minor=minor, currency=currency, now=now)
    _name_differences(today=today, now=now)
    return len(stored)


def _book(*, match_id: UUID, deposit_id: UUID, line_id: UUID, minor: int, currency: str, now: datetime) -> None:
    [(bank_account, booked_on)] = db.rows(
        "SELECT bank_account_id, booked_on FROM bank_statement_line WHERE id = %s", [line_id]
    )
    ledger.post(
        recipe="deposit_arrived",
        source=f"match:{match_id}",
        about=f"deposit:{deposit_id}",
        legs=deposit_arrived(bank_account=str(bank_account), minor=minor, currency=currency),
        business_date=booked_on,
        now=now,
    )


_SHORT = """
SELECT 'short_deposit', 'deposit:' || id, reference, arrived_minor - amount_minor, currency, amount_minor, arrived_minor,
    CASE WHEN status = 'short' THEN 'The bank credited less than was sent.' ELSE 'The bank credited more than was sent.' END,
    NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, sent_on
FROM bank_deposit WHERE merchant_id = %(merchant)s AND status <> 'in_transit' AND arrived_minor <> amount_minor
"""
_MISSING = f"""
SELECT 'missing_deposit', 'deposit_missing:' || id, reference, -amount_minor, currency, amount_minor, 0, 'No bank line brings this deposit.',
    NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, sent_on
FROM bank_deposit WHERE merchant_id = %(merchant)s AND status = 'in_transit' AND sent_on + {MISSED_AFTER_DAYS} < %(today)s
"""  # noqa: S608


def _name_differences(*, today: date, now: datetime) -> None:
    differences.begin()
    for statement in (_SHORT, _MISSING):
        db.execute(f"INSERT INTO current_difference {statement}", {"merchant": current_merchant_id(), "today": today})
    differences.keep_current(kinds=["short_deposit", "missing_deposit"], ambiguous="", today=today, now=now)
