"""What a balanced report does to the books: fees, reserves, disputes, conversions, rows nobody can place, and payouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg, between, payout_announced, settlement_fee
from merchant.ledger.services import Entry
from merchant.merchants import queries as merchants
from payments.disputes import settling as disputes
from payments.disputes.settling import DisputeLine
from payments.settlement import completing
from payments.settlement.fee_parts import keep_parts
from payments.settlement.models import Payout, ReportFile
from payments.settlement.states import PAYOUT, REPORT, standing_of

# Under which name the fees of each kind of line are booked; tax goes to input VAT.
FEE_KINDS = {
    "sale": "transactions",
    "refund": "refunds",
    "chargeback": "chargebacks",
    "chargeback_reversal": "chargebacks",
    "payout": "payouts",
    "fee": "account",
    "fee_refund": "account",
    "conversion": "conversion",
}
# Lines whose gross is no sale, refund or payout, and the account it stands on besides clearing. What nobody can place waits in suspense.
OTHER_ACCOUNTS = {
    "reserve_hold": "reserve",
    "reserve_release": "reserve",
    "conversion": "fx",
    "adjustment": "suspense",
    "transfer": "suspense",
    "other": "suspense",
}
# What stands on clearing since the fact itself was booked: a sale, a refund, a dispute.
BOOKED_BEFORE = ("sale", "refund", "chargeback", "chargeback_reversal")
# A payout reaches the bank on the next day, unless the account's `payout_days` says otherwise.
PAYOUT_DAYS = 1

# Lines that take back what an earlier report said are booked by themselves, beside what the report says now.
_IS_REVERSAL = "id IN (SELECT reversal_id FROM settlement_change WHERE report_id = %(report)s)"
_SUMS = f"""
SELECT kind, currency, original_currency, {_IS_REVERSAL} AS is_reversal, sum(gross_minor)::bigint AS gross, sum(fee_minor)::bigint AS fee,
    coalesce(sum(original_gross_minor), 0)::bigint AS original, max(coalesce(booked_on, (occurred_at AT TIME ZONE 'UTC')::date)) AS day
FROM settlement_line WHERE report_id = %(report)s GROUP BY kind, currency, original_currency, is_reversal ORDER BY 1, 2, 3, 4
"""  # noqa: S608
_PAYOUTS = f"""
SELECT coalesce(nullif(payout_reference, ''), 'batch ' || batch || ' ' || currency) AS reference, batch, currency, kind,
    -sum(gross_minor)::bigint AS amount, max(coalesce(booked_on, (occurred_at AT TIME ZONE 'UTC')::date)) AS day,
    bool_or({_IS_REVERSAL}) AS is_correction
FROM settlement_line WHERE merchant_id = %(merchant)s AND report_id = %(report)s AND kind IN ('payout', 'payout_reversal')
GROUP BY 1, 2, 3, 4 HAVING sum(gross_minor) <> 0 ORDER BY 1, 2, 3, 4
"""  # noqa: S608
_DISPUTED = f"""
SELECT id AS line_id, gateway_account_id, gross_minor > 0 AS is_returned, operation_reference, processor_reference, merchant_reference,
    abs(coalesce(original_gross_minor, gross_minor)) AS amount_minor, CASE WHEN original_gross_minor IS NULL THEN currency ELSE original_currency END AS currency,
    fee_minor
FROM settlement_line WHERE merchant_id = %(merchant)s AND report_id = %(report)s AND kind IN ('chargeback', 'chargeback_reversal') AND gross_minor <> 0
    AND NOT {_IS_REVERSAL}
ORDER BY line
"""  # noqa: S608
_REPLACED = """
SELECT c.replaced_id, CASE WHEN n.kind = o.kind THEN n.id END
FROM settlement_change c JOIN settlement_line o ON o.id = c.replaced_id JOIN settlement_line n ON n.id = c.line_id
WHERE c.report_id = %(report)s AND o.kind IN ('chargeback', 'chargeback_reversal') ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """All lines of one kind and currency in a report, in minor units, or all that take back lines of earlier reports."""

    kind: str
    currency: str
    original_currency: str
    is_reversal: bool
    gross: int
    fee: int
    original: int
    day: date | None


def post_report(report: ReportFile, *, now: datetime) -> None:
    """
    Book a balanced report in the caller's transaction and mark it posted.

    One journal per kind of line and currency, whatever the number of lines; sales, refunds and disputes stand on clearing already, and a row of a dispute that
    nobody told us of opens it. Rows that changed since an earlier report are taken back in journals of their own, and a payout is corrected by the
    difference. A repeat books nothing, because each journal is named after the report. It covers what its own rows do, known ones too, and no more. Writes the payouts, an audit row and the event `report.posted`.
    """
    completing.conclude_payouts(report)
    of_report = {"report": report.id, "merchant": report.merchant_id}
    # Few sums of many rows: with room for them PostgreSQL hashes, without it sorts all rows.
    db.plan_for_many_rows()
    sums = [Sum(**row) for row in db.dict_rows(_SUMS, of_report)]
    days = [item.day for item in sums if item.day]
    # Rows that were known have no lines here; reading them has noted their last day.
    covered = max([*days, *([report.covers_until] if report.covers_until else [])], default=None)
    day = max(days) if days else _today(now, report)
    ledger.post_many(list(_entries(report, sums)), business_date=day, now=now)
    keep_parts(report)
    disputes.follow_replaced(db.rows(_REPLACED, of_report))
    for line in db.dict_rows(_DISPUTED, of_report):
        disputes.take_line(line=DisputeLine(**line), now=now)
    for row in db.dict_rows(_PAYOUTS, of_report):
        _announce_payout(report, row, default_day=day, now=now)
    completing.book_rounding(report, day=day, now=now)
    move(report, REPORT, "posted", posted_at=now, covers_until=covered)
    audit.record(
        "report.posted",
        subject=f"report:{report.id}",
        now=now,
        data={
            "name": report.name,
            "rows": report.summary["rows"],
            "rows_known": report.rows_known,
            "rows_changed": report.rows_changed,
        },
    )
    payload = {"report_id": str(report.id), "gateway_account_id": str(report.gateway_account_id)}
    outbox.publish("report.posted", f"report:{report.id}", payload)


def _entries(report: ReportFile, sums: list[Sum]) -> Iterator[Entry]:
    account = str(report.gateway_account_id)
    for item in sums:
        # A column of tax on an ordinary row has no kind of its own in our normal form; it is part of the fee there.
        name = f"{report.id}:{item.kind}:{item.currency}{item.original_currency}{':reversed' * item.is_reversal}"
        if item.kind == "tax":
            legs = between(
                debit=("input_vat", ""), credit=("clearing", account), minor=item.fee, currency=item.currency
            )
        else:
            kind = FEE_KINDS.get(item.kind, "other")
            legs = settlement_fee(gateway_account=account, kind=kind, minor=item.fee, currency=item.currency)
        yield Entry("settlement_fee", name, f"report:{report.id}", legs)
        if item.kind in OTHER_ACCOUNTS:
            yield Entry("settlement_other", name, f"report:{report.id}", _other_legs(account, item))
        elif item.kind in BOOKED_BEFORE and item.original_currency not in ("", item.currency):
            yield Entry("settlement_fx", name, f"report:{report.id}", _converted_legs(account, item))


def _other_legs(account: str, item: Sum) -> list[Leg]:
    return between(
        debit=("clearing", account),
        credit=(OTHER_ACCOUNTS[item.kind], account),
        minor=item.gross,
        currency=item.currency,
    )


def _converted_legs(account: str, item: Sum) -> list[Leg]:
    """Move what was sold in one currency and settled in another: off clearing in the first, onto clearing in the second."""
    return [
        Leg("clearing", account, -item.original, item.original_currency),
        Leg("fx", account, item.original, item.original_currency),
        Leg("fx", account, -item.gross, item.currency),
        Leg("clearing", account, item.gross, item.currency),
    ]


def _later(day: date, days: int) -> date:
    """Return the day `days` after `day`; a file may name the last day there is."""
    return day + timedelta(days=min(days, (date.max - day).days))


def _announce_payout(report: ReportFile, row: dict[str, Any], *, default_day: date, now: datetime) -> None:
    day = row["day"] or default_day
    days = int(report.gateway_account.config.get("payout_days", PAYOUT_DAYS))
    reference = row["reference"] if row["kind"] == "payout" else f"{row['reference']} returned"
    payout, is_new = Payout.objects.get_or_create(
        gateway_account_id=report.gateway_account_id, reference=reference[:80],
        defaults={
            "report": report, "batch": row["batch"], "currency": row["currency"], "amount_minor": row["amount"], "status": "in_transit",
            "announced_on": day, "expected_on": _later(day, days),
        },
    )  # fmt: skip
    if not is_new:
        if row["is_correction"]:
            _correct_payout(report, payout, change_minor=row["amount"], day=day, now=now)
        return
    legs = payout_announced(
        gateway_account=str(report.gateway_account_id), minor=row["amount"], currency=row["currency"]
    )
    ledger.post(
        recipe="payout_announced",
        source=f"payout:{payout.id}",
        about=f"payout:{payout.id}",
        legs=legs,
        business_date=day,
        now=now,
    )


def _correct_payout(report: ReportFile, payout: Payout, *, change_minor: int, day: date, now: datetime) -> None:
    """
    Announce a payout with another amount than before, booking the difference.

    What arrived stays; reconciliation names the difference. One that was short and now agrees is in the bank, and one in the bank that lacks something now is short,
    so that the line which brings the rest finds it: also one that turned out to be a debit, whose money goes back. One that comes to nothing is waited for no longer.
    """
    payout = Payout.objects.select_for_update().get(id=payout.id)
    legs = payout_announced(
        gateway_account=str(payout.gateway_account_id), minor=change_minor, currency=payout.currency
    )
    booked = ledger.post(
        recipe="payout_announced",
        source=f"{payout.id}:{report.id}",
        about=f"payout:{payout.id}",
        legs=legs,
        business_date=day,
        now=now,
    )
    if booked is None:
        return
    data = {"was_minor": payout.amount_minor, "is_minor": payout.amount_minor + change_minor, "status": payout.status}
    payout.amount_minor += change_minor
    payout.save(update_fields=["amount_minor"])
    status = standing_of(arrived_minor=payout.arrived_minor, amount_minor=payout.amount_minor)
    if payout.status in ("in_transit", "short", "in_bank") and status != payout.status:
        move(payout, PAYOUT, status)
    audit.record("payout.corrected", subject=f"payout:{payout.id}", now=now, data={**data, "report_id": str(report.id)})


def _today(now: datetime, report: ReportFile) -> date:
    merchant = merchants.get_merchant(report.merchant_id)
    return business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
