"""Tens of thousands of bank lines that nothing explains do not hold up the runs: no reference is held against every text, and what stands as it did is not touched."""

from __future__ import annotations

import json
import random
import re
from contextlib import contextmanager

import pytest
from django.db import connection

from merchant.core import db
from payments.reconciliation.matching import naming
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.settlement.models import Payout
from tests.factories import a_store, an_authorised_payment

# More lines than are looked at for suggestions.
LINES, PAYOUTS, ORDERS = 2_100, 400, 400
# What a query may look at for each line: its places, or what references begin with; each payout against each line would be four hundred.
LOOKED_AT_MAX = 210 * LINES

_LINES = """
INSERT INTO bank_statement_line (id, merchant_id, statement_id, bank_account_id, line_key, amount_minor, currency, booked_on, text, end_to_end_id,
    bank_reference, counterparty, reference, carried_by)
SELECT new_uuid7(), %(merchant)s, %(file)s, %(bank)s, 'k' || n, 1000 + n, 'EUR', date '2026-08-01' + n %% 110, 'Rent ' || n || ' ' || md5(n::text), 'E2E' || n,
    'BR' || n, 'Firm ' || n %% 50, '', ''
FROM generate_series(1, %(lines)s) n
"""
_PAYOUTS = """
INSERT INTO settlement_payout (id, merchant_id, gateway_account_id, reference, batch, currency, amount_minor, arrived_minor, status, announced_on, expected_on)
SELECT new_uuid7(), %(merchant)s, %(gateway)s, 'po_2026' || lpad(n::text, 6, '0'), 'b' || n, 'EUR', 900000 + n * 13, 0, 'in_transit', date '2026-08-01' + n %% 110,
    date '2026-08-02' + n %% 110
FROM generate_series(1, %(payouts)s) n
"""
_DEPOSITS = """
INSERT INTO bank_deposit (id, merchant_id, store_id, reference, currency, amount_minor, arrived_minor, status, person, sent_on, sent_at)
SELECT new_uuid7(), %(merchant)s, %(store)s, 'DEP' || lpad(n::text, 6, '0'), 'EUR', 800000 + n * 13, 0, 'in_transit', 'Mara', date '2026-08-01' + n %% 110, now()
FROM generate_series(1, %(payouts)s) n
"""
_ORDERS = """
INSERT INTO order_order (id, number, secured_minor, total_minor, {columns})
SELECT new_uuid7(), '2027-' || lpad(n::text, 4 + n %% 2, '0'), 0, 5000 + n, {columns} FROM (SELECT * FROM order_order WHERE merchant_id = %(merchant)s LIMIT 1) o,
    generate_series(1, %(orders)s) n
"""


@pytest.fixture
def unexplained(books):
    """Lines that name nothing, payouts, deposits and orders that wait, and one line for one of each."""
    file = StatementFile.objects.create(
        bank_account=books.bank, name="x", sha256="0" * 64, size_bytes=1, format="camt.053.001.08", status="balanced",
        received_at=books.now, covers_until="2026-11-20", summary={"statements": []},
    )  # fmt: skip
    values = {
        "merchant": books.merchant.id, "file": file.id, "bank": books.bank.id, "gateway": books.account.id,
        "lines": LINES, "payouts": PAYOUTS, "orders": ORDERS,
    }  # fmt: skip
    an_authorised_payment(books.account, minor=999)
    [(columns,)] = db.rows(
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'order_order'"
        " AND column_name NOT IN ('id', 'number', 'secured_minor', 'total_minor')"
    )
    values["store"] = a_store(books.merchant).id
    for statement in (_LINES, _PAYOUTS, _DEPOSITS, _ORDERS.format(columns=columns)):
        db.execute(statement, values)
    db.execute("ANALYZE bank_statement_line, settlement_payout, order_order")
    named = ((1, "xxpo_2026000007yy", 900091), (2, "Order 20270008 thanks", 5008), (3, "Bag dep000009.", 800117))
    for line, text, minor in named:
        StatementLine.objects.filter(line_key=f"k{line}").update(text=text, amount_minor=minor)
    return books


@contextmanager
def looked_at():
    """By query, how many rows its plan put together or threw away, for those that make tables or rows of lines."""
    seen, is_inner = {}, []

    def explain(execute, sql, params, many, context):
        query = re.sub(r"^\s*CREATE TEMPORARY TABLE \w+ ON COMMIT DROP AS ", "", sql)
        if not is_inner and re.match(r"\s*(SELECT|WITH|INSERT INTO (bank|transfer|deposit)_)", query):
            is_inner.append(True)
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT explained")
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", params)
                [(plan,)] = cursor.fetchall()
                cursor.execute("ROLLBACK TO SAVEPOINT explained")
            is_inner.clear()
            [top] = plan if isinstance(plan, list) else json.loads(plan)
            # Passes that ask alike begin alike.
            name = " ".join(sql.split())[:160]
            seen[name] = max(seen.get(name, 0), _most(top["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield seen


def _most(node):
    loops = node["Actual Loops"]
    own = (
        node["Actual Rows"] + node.get("Rows Removed by Join Filter", 0) + node.get("Rows Removed by Filter", 0)
    ) * loops
    return max([own, *(_most(part) for part in node.get("Plans", ()))])


def test_no_payout_and_no_order_is_held_against_every_line(unexplained):
    with looked_at() as seen:
        result = unexplained.reconcile()

    assert (result.payouts_matched, result.transfers_taken, result.deposits_matched) == (1, 1, 1)
    assert Payout.objects.get(status="in_bank").reference == "po_2026000007"
    assert set(Match.objects.values_list("rule", flat=True)) == {
        "payout_reference",
        "transfer_order_number",
        "deposit_reference",
    }
    assert len(seen) > 40
    assert {query: number for query, number in seen.items() if number > LOOKED_AT_MAX} == {}


def test_a_run_with_nothing_new_locks_no_exception(unexplained):
    unexplained.reconcile()
    assert Deviation.objects.filter(kind="unexplained_bank_line", status="open").count() == LINES - 3
    # Whose rows a transaction locked or changed bear its number, and the test is one transaction: the rows are written anew to bear none.
    db.execute("CREATE TEMPORARY TABLE before AS SELECT ctid AS place, id FROM recon_exception WHERE xmax = 0")

    again = unexplained.reconcile()

    assert (again.payouts_matched, again.exceptions_changed) == (0, 0)
    [(touched,)] = db.rows(
        "SELECT count(*) FROM before LEFT JOIN recon_exception e ON e.id = before.id AND e.ctid = before.place AND e.xmax = 0 WHERE e.id IS NULL"
    )
    [(known,)] = db.rows("SELECT count(*) FROM before")
    assert (touched, known >= LINES - 3) == (0, True)


@pytest.mark.parametrize("heads_tried_max", [0, 200])
def test_what_stands_in_a_text_is_found_wherever_it_stands(books, monkeypatch, heads_tried_max):
    monkeypatch.setattr(naming, "_HEADS_TRIED_MAX", heads_tried_max)
    chance = random.Random(7)
    # Few signs, so that references begin alike, overlap and hold one another; one with what is a pattern to others.
    forms = {"".join(chance.choices("aB1", k=chance.randint(4, 9))) for _ in range(60)} | {"po_%26Ä", "po_x26Ä"}
    texts = {f"{number:04}": "".join(chance.choices("aB1", k=chance.randint(0, 60))) for number in range(200)}
    texts |= {"p": "xpo_%26Ä", "q": "po_x26Äpo_x26Ä"}
    rows_of = "SELECT key AS {0}, value AS {1} FROM jsonb_each_text(%({2})s::jsonb)"

    naming.find_named(
        "found_here", texts=rows_of.format("id", "said", "texts"), forms="SELECT jsonb_array_elements_text(%(forms)s::jsonb) AS form",
        parameters={"texts": json.dumps(texts), "forms": json.dumps(sorted(forms))},
    )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("SELECT line_id, form FROM found_here")
        found = cursor.fetchall()
    expected = {(key, form) for key, text in texts.items() for form in forms if len(form) >= 6 and form in text}
    assert len(expected) > 20 and sorted(found) == sorted(expected)
