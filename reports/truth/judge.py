"""Compares what the product found with the truth. Every figure is counted in the database, by the names the truth uses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import acting_for
from payments.reconciliation import queries
from reports.truth.loading import Loaded
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS

MATCHED_SHARE_MIN = 0.995
_SHOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question with its answer. `misses` are examples of what is wrong."""

    question: str
    holds: bool
    figure: str
    misses: tuple[str, ...] = ()


_MATCHES = """
SELECT r.name || ':' || l.line, o.reference FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id JOIN settlement_report r ON r.id = l.report_id
JOIN payment_operation o ON o.id = m.operation_id WHERE m.merchant_id = %s AND m.undone_at IS NULL
"""
_DISPUTES = """
SELECT r.name || ':' || l.line, s.reference FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id JOIN settlement_report r ON r.id = l.report_id
JOIN dispute_dispute d ON d.id = m.dispute_id LEFT JOIN payment_operation s ON s.payment_id = d.payment_id AND s.kind = 'authorise'
WHERE m.merchant_id = %s AND m.undone_at IS NULL
"""
_BANK = """
SELECT l.bank_reference, p.reference FROM recon_match m JOIN bank_statement_line l ON l.id = m.statement_line_id JOIN settlement_payout p ON p.id = m.payout_id
WHERE m.merchant_id = %s AND m.undone_at IS NULL
"""


def judge(truth: dict[str, Any], loaded: Loaded) -> list[Verdict]:
    """Return the answer to every question about matches, exceptions, sums and balances."""
    with acting_for(loaded.merchant_id):
        return [
            *_pairs("report rows", truth["matches"], _MATCHES, loaded.merchant_id),
            *_pairs("dispute rows", truth["disputes"], _DISPUTES, loaded.merchant_id),
            *_pairs("bank lines", truth["bank"], _BANK, loaded.merchant_id),
            *_exceptions(truth["planted"], loaded.merchant_id),
            _file_totals(truth["totals"], loaded.merchant_id),
            _nothing_left_over(loaded.merchant_id),
            *_balances(truth, loaded),
        ]


def _pairs(what: str, wanted: list[list[str]], sql: str, merchant_id: UUID) -> list[Verdict]:
    true = Counter((row, partner) for row, partner in wanted)
    found = Counter((str(left), str(right)) for left, right in db.rows(sql, [merchant_id]))
    missed, wrong = true - found, found - true
    matched = true.total() - missed.total()
    share = matched / true.total() if true else 1.0
    return [
        Verdict(
            f"{what} matched unaided",
            share >= MATCHED_SHARE_MIN,
            f"{matched:,} of {true.total():,} ({share:.3%})",
            _shown(missed, "not matched"),
        ),
        Verdict(f"{what} matched falsely", not wrong, f"{wrong.total():,}", _shown(wrong, "matched")),
    ]


# What an exception is about, by the name the truth has for it.
_EXCEPTIONS = """
SELECT e.kind, e.amount_minor, e.currency, CASE
    WHEN e.kind = 'statement_gap' THEN ''
    WHEN e.kind IN ('split', 'missing_in_report') THEN 'deal ' || o.reference
    WHEN l.id IS NOT NULL THEN 'row ' || r.name || ':' || l.line
    WHEN b.id IS NOT NULL AND p.id IS NULL THEN 'bank ' || b.bank_reference
    WHEN p.id IS NOT NULL THEN 'payout ' || p.reference
    ELSE coalesce('deal ' || o.reference, 'nothing: ' || e.reference) END
FROM recon_exception e LEFT JOIN settlement_line l ON l.id = e.settlement_line_id LEFT JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN payment_operation o ON o.id = e.operation_id LEFT JOIN settlement_payout p ON p.id = e.payout_id LEFT JOIN bank_statement_line b ON b.id = e.statement_line_id
WHERE e.merchant_id = %s AND e.status <> 'cleared'
"""


def _exceptions(planted: list[dict[str, Any]], merchant_id: UUID) -> list[Verdict]:
    wanted = Counter((one["kind"], one["amount_minor"], one["currency"], one["subject"]) for one in planted)
    found = Counter(
        (kind, int(minor), currency, subject) for kind, minor, currency, subject in db.rows(_EXCEPTIONS, [merchant_id])
    )
    verdicts = []
    for kind in sorted({key[0] for key in [*wanted, *found]}):
        true = Counter({key: count for key, count in wanted.items() if key[0] == kind})
        told = Counter({key: count for key, count in found.items() if key[0] == kind})
        missed, surplus = true - told, told - true
        figure = f"{true.total() - missed.total()} of {true.total()} found, {surplus.total()} not planted"
        misses = (*_shown(missed, "planted and not found"), *_shown(surplus, "found and not planted"))
        verdicts.append(Verdict(f"exceptions: {kind}", not missed and not surplus, figure, misses))
    return verdicts


_TOTALS = """
SELECT r.name, l.currency, count(*), sum(l.gross_minor)::bigint, sum(l.fee_minor)::bigint, sum(l.net_minor)::bigint
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id WHERE l.merchant_id = %s AND r.status = 'posted' GROUP BY 1, 2
"""


def _file_totals(wanted: list[dict[str, Any]], merchant_id: UUID) -> Verdict:
    true = {(one["file"], one["currency"]): (one["rows"], one["gross"], one["fee"], one["net"]) for one in wanted}
    found = {(name, currency): tuple(map(int, sums)) for name, currency, *sums in db.rows(_TOTALS, [merchant_id])}
    off = Counter(
        (f"{key[0]} {key[1]}", f"true {true.get(key)}, stored {found.get(key)}")
        for key in {*true, *found}
        if true.get(key) != found.get(key)
    )
    return Verdict("rows, gross, fee and net of every file", not off, f"{len(true):,} totals", _shown(off, ""))


# Each sale or refund of a booked report is matched, or is an exception, and never both; sums follow from that.
_ACCOUNTED = """
SELECT r.name || ':' || l.line, l.gross_minor, (m.id IS NOT NULL)::int, (SELECT count(*) FROM recon_exception e
    WHERE e.settlement_line_id = l.id AND e.status <> 'cleared' AND e.kind IN ('not_ours', 'refund_not_ours', 'duplicate', 'ambiguous'))::int
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN (SELECT DISTINCT settlement_line_id AS id FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL) m ON m.id = l.id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('sale', 'refund')
"""


def _nothing_left_over(merchant_id: UUID) -> Verdict:
    rows = db.rows(_ACCOUNTED, {"merchant": merchant_id})
    total = sum(minor for _, minor, _, _ in rows)
    matched = sum(minor for _, minor, is_matched, _ in rows if is_matched)
    excepted = sum(minor for _, minor, _, exceptions in rows if exceptions)
    off = Counter((name, f"matched {one}, exceptions {other}") for name, _, one, other in rows if one + other != 1)
    return Verdict(
        "matched + exceptions = file totals",
        not off and matched + excepted == total,
        f"{matched:,} + {excepted:,} = {total:,}",
        _shown(off, ""),
    )


_STANDS = """
SELECT a.currency, sum(p.amount_minor)::bigint FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %s AND a.kind = %s AND a.subject = %s GROUP BY 1 HAVING sum(p.amount_minor) <> 0
"""
_SIDES = (
    ("clearing", "clearing", queries.list_clearing_items),
    ("in_transit", "payouts_in_transit", queries.list_transit_items),
    ("suspense", "suspense", queries.list_suspense_items),
)


def _balances(truth: dict[str, Any], loaded: Loaded) -> list[Verdict]:
    verdicts = []
    for told, kind, list_items in _SIDES:
        explained, true = Counter[Any](), Counter[Any]()
        for name, account_id in loaded.accounts.items():
            stands = {
                currency: int(minor)
                for currency, minor in db.rows(_STANDS, [loaded.merchant_id, kind, str(account_id)])
            }
            items = Counter[str]()
            for item in list_items(account_id):
                items[item.currency] += item.amount_minor
            told_items = {currency: minor for currency, minor in items.items() if minor}
            if told_items != stands:
                explained[name, f"books {stands}, items {told_items}"] += 1
            wanted = {currency: minor for owner, currency, minor in truth.get(told, []) if owner == name}
            if told in truth and wanted != stands:
                true[name, f"books {stands}, truth {wanted}"] += 1
        words = kind.replace("_", " ")
        verdicts.append(
            Verdict(
                f"{words} is explained to the cent",
                not explained,
                f"{len(loaded.accounts)} accounts",
                _shown(explained, ""),
            )
        )
        if told in truth:
            verdicts.append(
                Verdict(f"{words} is what it must be", not true, f"{len(loaded.accounts)} accounts", _shown(true, ""))
            )
    return verdicts


_COUNTS = """
SELECT (SELECT count(*) FROM settlement_line WHERE merchant_id = %(merchant)s), (SELECT count(*) FROM settlement_payout WHERE merchant_id = %(merchant)s),
    (SELECT count(*) FROM bank_statement_line WHERE merchant_id = %(merchant)s), (SELECT count(*) FROM recon_match WHERE merchant_id = %(merchant)s),
    (SELECT md5(string_agg(dedup_key || status || amount_minor, ',' ORDER BY dedup_key)) FROM recon_exception WHERE merchant_id = %(merchant)s),
    (SELECT count(*) FROM ledger_journal WHERE merchant_id = %(merchant)s), (SELECT count(*) FROM ledger_posting WHERE merchant_id = %(merchant)s)
"""


# Goods and papers are not part of the made-up trade, so only these subjects can be proven of it.
_PROVABLE = ("books", "settling", "disputes")


def judge_books(merchant_id: UUID) -> list[Verdict]:
    """Say whether `verify` proves what it can of this merchant. Not to be called inside a transaction."""
    chosen = [check for check in CHECKS if check.name.split(".")[0] in _PROVABLE]
    verdicts = []
    for line in verify.verify(merchant_id=merchant_id, checks=chosen):
        misses = tuple(str(row) for row in line.findings.violations[:_SHOWN_MAX])
        verdicts.append(
            Verdict(f"verify: {line.check.name}", line.holds, f"{line.findings.counted:,} looked at", misses)
        )
    return verdicts


def snapshot(merchant_id: UUID) -> tuple[Any, ...]:
    """Return what a repeat must not change: lines, payouts, bank lines, matches, exceptions, journals and postings."""
    return db.rows(_COUNTS, {"merchant": merchant_id})[0]


def judge_repeat(before: tuple[Any, ...], after: tuple[Any, ...], changed: dict[str, int]) -> Verdict:
    """Say whether sending every file again and reconciling again changed nothing."""
    holds = before == after and not any(changed.values())
    return Verdict(
        "every file a second time changes nothing", holds, "" if holds else f"{before} became {after}, {changed}"
    )


def _shown(counted: Counter[Any], word: str) -> tuple[str, ...]:
    listed = [
        " ".join([word, *(str(part) for part in (key if isinstance(key, tuple) else (key,)))])
        for key in sorted(counted, key=str)
    ]
    more = len(listed) - _SHOWN_MAX
    return (*listed[:_SHOWN_MAX], f"and {more} more") if more > 0 else tuple(listed)
