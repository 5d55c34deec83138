"""Whatever a processor reports and a bank pays, each account stands at exactly the sum of the items listed for it, and every row is matched or an exception."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from merchant.ledger import queries as ledger
from payments.reconciliation import queries, services
from payments.reconciliation.models import Deviation, Match
from payments.reconciliation.workbench import comparison
from payments.settlement.models import Payout, ReportFile, SettlementLine
from tests.factories import a_refund, an_authorised_payment
from tests.payments.reconciliation.report_totals import report_totals
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

FIRST = date(2026, 11, 16)
OTHERS = ["reserve_hold", "chargeback", "adjustment", "goodwill"]


def a_row(random, operation):
    """What a careless processor makes of one operation."""
    sign = -1 if operation.kind == "refund" else 1
    gross = sign * operation.amount_minor
    if random.random() < 0.15:
        gross += random.choice([-37, 5])
    kind = "refund" if sign < 0 else "sale"
    reference = operation.reference if random.random() < 0.8 else ""
    payment = f"pay_{operation.payment_id}" if random.random() < 0.8 else ""
    return Row(gross, reference, type=kind, fee=random.randrange(0, 60), payment=payment)


def a_day_of_trade(random, books, day):
    sales = [
        an_authorised_payment(books.account, minor=random.randrange(200, 9000), day=day)
        for _ in range(random.randrange(1, 7))
    ]
    refunds = [a_refund(sale, minor=random.randrange(50, 200), day=day) for sale in sales if random.random() < 0.3]
    return sales + refunds


def rows_of(random, operations):
    rows = [a_row(random, operation) for operation in operations if random.random() < 0.85]
    rows += [row for row in rows if random.random() < 0.05]
    rows += [
        Row(random.randrange(-500, 500), f"x{random.randrange(10**6)}", type=random.choice(["sale", *OTHERS]))
        for _ in range(random.randrange(0, 3))
    ]
    random.shuffle(rows)
    return rows


def proven(books):
    account = str(books.account.id)
    for kind, items in [
        ("clearing", queries.list_clearing_items(account)),
        ("payouts_in_transit", queries.list_transit_items(account)),
        ("suspense", queries.list_suspense_items(account)),
    ]:
        assert sum(item.amount_minor for item in items) == ledger.balance(kind, subject=account).get("EUR", 0), kind
    matched = set(Match.objects.exclude(settlement_line_id=None).values_list("settlement_line_id", flat=True))
    excepted = set(
        Deviation.objects.exclude(status="cleared")
        .filter(dedup_key__startswith="line:")
        .values_list("settlement_line_id", flat=True)
    )
    lines = set(SettlementLine.objects.filter(kind__in=["sale", "refund"]).values_list("id", flat=True))
    lines |= set(SettlementLine.objects.filter(kind="chargeback").exclude(gross_minor=0).values_list("id", flat=True))
    assert matched | excepted == lines
    assert not matched & excepted
    for file in ReportFile.objects.all():
        for totals in report_totals(file.id):
            assert totals["total"] == totals["matched"] + totals["unmatched"]
            assert totals["rows"] == totals["rows_matched"] + totals["rows_excepted"]
    for figures in comparison.batch_figures(None):
        assert figures.their_net - figures.our_net == left_between_the_columns(figures.currency)


def left_between_the_columns(currency):
    """What exceptions of rows, and of what no row names, say is open."""
    found = Deviation.objects.filter(status="open", currency=currency, payout_id=None, statement_line_id=None)
    return sum(found.values_list("amount_minor", flat=True))


@pytest.mark.parametrize("seed", range(12))
def test_a_careless_week_is_accounted_for_to_the_cent(books, seed):
    random = Random(seed)
    held_back = []
    for number in range(5):
        day = FIRST + timedelta(days=number)
        operations = held_back + a_day_of_trade(random, books, day)
        held_back = [operation for operation in operations if random.random() < 0.1]
        shown = [operation for operation in operations if operation not in held_back]
        data = report(
            rows_of(random, shown),
            batch=str(number),
            payout=f"po_2026{number:06}",
            day=day,
            paid=random.random() < 0.85,
        )
        books.take_report(data, name=f"{number}.csv")
        if random.random() < 0.7:
            books.reconcile()
            proven(books)
    entries = [
        Entry(payout.amount_minor - random.choice([0, 0, 0, 50]), f"PAYOUT {payout.reference}" if random.random() < 0.7 else "credit")
        for payout in Payout.objects.order_by("id")
        if random.random() < 0.9
    ]  # fmt: skip
    books.take_statement(statement([entry for entry in entries if entry.minor]))

    books.reconcile()

    proven(books)
    assert books.reconcile() == services.RunResult(0, 0, 0, 0, 0)
    for column in ("settlement_line_id", "operation_id", "statement_line_id"):
        used = Counter(Match.objects.exclude(**{column: None}).values_list(column, flat=True))
        assert not used or max(used.values()) == 1
