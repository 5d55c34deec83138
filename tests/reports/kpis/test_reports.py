"""Reports: what they say is what the books and the payments hold, each figure opens facts that add up to it, and the calendars are bridged to the cent."""

from __future__ import annotations

import csv
import io
from collections import Counter as Tally
from datetime import date, timedelta
from itertools import product

import pytest

from merchant.accounts import callers
from merchant.core.filters import FilterRefused
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.records.models import Payment
from reports.exports import services as exports
from reports.exports.services import ExportOrder
from reports.kpis import bridge, queries, reading
from reports.kpis.definitions import REPORTS, UnknownReport, report_of
from tests.clients import signed_in
from tests.factories import a_merchant, a_shop, a_staff_member, a_store, an_authorised_payment
from tests.factories.counter import Counter
from tests.factories.settled import SALE_DAY
from tests.payments.books import Books
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter():
    callers.forget()
    counter = Counter()
    counter.open()
    sale = counter.sell(3, 1)
    counter.sell(2)
    counter.take_back(sale)
    counter.give_back(counter.sell(1).payment_id, 500)
    return counter


def figures_of(counter, name, **params):
    with counter.scope():
        wanted = queries.read_filters(report_of(name), params, today=reading.today())
        return wanted, queries.list_figures(report_of(name), wanted)


def total_of(figures, measure):
    return sum(figure.measures[measure] for figure in figures)


def test_sales_are_the_books_and_tenders_are_the_payments(counter):
    _, sales = figures_of(counter, "sales", by="kind")
    _, tenders = figures_of(counter, "tenders", by="kind")

    with counter.scope():
        booked = {kind: ledger.balance(kind).get("EUR", 0) for kind in ("sales", "sales_returns", "vat_payable")}
        paid = list(Payment.objects.values_list("captured_minor", "refunded_minor"))
    assert (total_of(sales, "sold"), total_of(sales, "returned"), total_of(sales, "tax")) == (
        -booked["sales"], booked["sales_returns"], -booked["vat_payable"],
    )  # fmt: skip
    assert total_of(sales, "gross") == total_of(sales, "sold") - total_of(sales, "returned") + total_of(sales, "tax")
    assert total_of(tenders, "taken") == sum(captured for captured, _ in paid) == 8750
    assert total_of(tenders, "refunded") == sum(refunded for _, refunded in paid) == 1750


def test_the_facts_behind_a_figure_add_up_to_it(counter):
    for name, by in product(("sales", "tenders", "refunds"), ("day", "store", "channel", "kind", "total")):
        wanted, figures = figures_of(counter, name, by=by)
        assert figures
        for figure in figures:
            narrowed = {by: figure.group} if by in ("store", "channel", "kind") else {}
            with counter.scope():
                facts, after = queries.list_facts(
                    report_of(name),
                    queries.read_filters(report_of(name), {**narrowed, "by": "fact"}, today=reading.today()),
                )
            sums = Tally()
            for fact in facts:
                sums.update(fact.measures)
            assert (after, len(facts), dict(sums)) == ("", figure.facts, dict(figure.measures)), (name, by, wanted)


def test_pages_of_facts_follow_each_other_without_a_gap(counter, monkeypatch):
    monkeypatch.setattr(queries, "FACTS_ON_A_PAGE", 2)
    wanted, [figure] = figures_of(counter, "sales", by="total")
    found, after = [], ""
    with counter.scope():
        while True:
            facts, after = queries.list_facts(report_of("sales"), wanted, after=after)
            found += facts
            if not after:
                break

    assert len({fact.key for fact in found}) == len(found) == figure.facts


def test_each_report_is_a_page_a_document_and_a_file_with_the_same_sums(counter):
    client = signed_in(a_staff_member(counter.shop.merchant))
    for name, by in product(REPORTS, ("kind", "fact")):
        answer = client.get(f"/api/v1/reports/{name}/?by={by}")
        page = client.get(f"/reports/{name}/?by={by}")
        with counter.scope():
            stream = exports.open_stream(ExportOrder(f"report_{name}", {"by": by}))
        rows = list(csv.DictReader(io.StringIO(b"".join(stream).decode(), newline="")))

        assert (answer.status_code, page.status_code) == (200, 200), (answer.content[:300], page.content[:300])
        [total] = answer.json()["totals"] or [{"measures": dict.fromkeys(report_of(name).measures, 0)}]
        heading = {"money": "{}_minor", "count": "{}", "duration": "{}_milliseconds"}
        columns = {
            measure: heading[report_of(name).unit(measure)].format(measure) for measure in report_of(name).measures
        }
        sums = {measure: sum(int(row[column]) for row in rows) for measure, column in columns.items()}
        assert sums == total["measures"], name


def test_another_merchant_and_another_store_see_nothing_of_it(counter):
    stranger = signed_in(a_staff_member(a_merchant()))
    elsewhere = a_store(counter.shop.merchant)
    manager = signed_in(a_staff_member(counter.shop.merchant, role="manager", stores=[elsewhere]))

    for client in (stranger, manager):
        assert client.get("/api/v1/reports/sales/").json()["totals"] == []
        asked = client.get(f"/api/v1/reports/sales/?by=fact&store={counter.shop.store.id}").json()
        assert (asked["totals"], asked["facts"]) == ([], [])
    assert manager.get("/api/v1/reports/vouchers/").status_code == 404
    assert manager.get("/reports/bridge/").status_code == 403


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"calendar": "processor"}, "this report knows store, utc"),
        ({"by": "moon"}, "it is one of"),
        ({"date_from": "2026-11-02", "date_to": "2026-11-01"}, "ends after it begins"),
        ({"date_from": "2020-01-01"}, "at most 732 days"),
        ({"nonsense": "1"}, "unknown"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_reason(params, problem):
    with acting_for(a_shop().id), pytest.raises(FilterRefused, match=problem):
        queries.read_filters(report_of("sales"), params, today=date(2026, 11, 22))


def test_an_unknown_report_is_told():
    with pytest.raises(UnknownReport, match="there are: sales, tax"):
        report_of("weather")


def test_the_calendars_are_bridged_to_the_cent(tmp_path):
    books = Books(tmp_path)
    later = SALE_DAY + timedelta(days=40)
    with books.acting():
        settled = an_authorised_payment(books.account, minor=10000)
        an_authorised_payment(books.account, minor=700)
        next_month = an_authorised_payment(books.account, minor=3000, day=later)
        books.take_report(report([Row(10000, settled.reference, fee=165), Row(3000, next_month.reference)]))
        books.reconcile()
        [found] = bridge.list_bridges(date_from=SALE_DAY, date_to=SALE_DAY + timedelta(days=20))
        elsewhere = bridge.list_bridges(date_from=SALE_DAY - timedelta(days=20), date_to=SALE_DAY - timedelta(days=10))

    assert (found.store, found.not_booked, found.from_after, found.processor) == (10700, 700, 3000, 13000)
    assert found.ties
    assert elsewhere == []
