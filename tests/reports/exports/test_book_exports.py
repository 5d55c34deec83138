"""Journal files of a real ledger: asked for, made by the job, the same again once the books are closed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from merchant.core import db
from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger import periods as ledger_periods
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from orders.order.models import Order
from payments.accounting import plans, queries
from payments.accounting.charts import CHARTS
from payments.accounting.models import JournalExport
from reports.exports import services
from reports.exports.book_orders import PeriodSpansYears, open_books, prepare
from reports.exports.book_stream import BookStream
from reports.exports.formats.registry import BOOK_FORMATS
from reports.exports.models import ExportFile
from reports.exports.services import ExportOrder
from reports.exports.streaming import RowsMissing
from tests.factories import a_shop, an_api_key
from tests.reports.exports import datev_reader, sie_reader

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
NOVEMBER = {"date_from": "2026-11-01", "date_to": "2026-11-30"}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def shop():
    """A shop with two sales on the 20th of November and a fee in dollars on the 21st."""
    shop = a_shop()
    move_business_clock(shop.id, to=datetime(2026, 11, 20, 12, tzinfo=UTC))
    shop.sell(2, 1)
    shop.sell(1)
    book(shop, "fee:1", date(2026, 11, 21))
    return shop


def book(shop, source, day, minor=250):
    with acting_for(shop.id):
        legs = [Leg("fees", f"{uuid4()}:interchange", minor, "EUR"), Leg("clearing", "psp", -minor, "EUR")]
        ledger.post(recipe="settlement_fee", source=source, about="", legs=legs, business_date=day, now=NOW)


def made(shop, kind, **filters):
    """The file and its bytes, made by its job."""
    with acting_for(shop.id):
        export = services.request_export(ExportOrder(kind, NOVEMBER | filters), now=NOW)
        assert jobs.run(export.job_id) == "done"
        row = ExportFile.objects.get(id=export.id)
    return row, open(row.path, "rb").read()


def ledger_days(shop):
    """What the ledger's own tables say of each day: debits in minor units of the base currency."""
    rows = db.rows(
        "SELECT j.business_date, sum(greatest(p.base_minor, 0))::bigint FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id WHERE j.merchant_id = %s GROUP BY 1",
        [shop.id],
    )
    return dict(rows)


@pytest.mark.parametrize("detail", ["journals", "days"])
def test_a_new_merchant_exports_at_once_and_each_day_is_the_ledgers(shop, detail):
    export, raw = made(shop, "datev", detail=detail)
    with acting_for(shop.id):
        row = JournalExport.objects.get()

    datev = datev_reader.read(raw)
    assert datev.balances[1000] == Decimal("50.00")
    assert datev.balances[1776] + datev.balances[8400] + datev.balances.get(8201, 0) == Decimal("-50.00")
    assert {day: tuple(totals)[1] for day, totals in row.days.items()} == {
        str(day): debit for day, debit in ledger_days(shop).items()
    }
    assert row.days["2026-11-21"] == [1, 250]
    assert (row.journal_count, row.sha256, row.closing) == (5, export.sha256, None)
    assert export.totals["EUR"]["debit_minor"] == export.totals["EUR"]["credit_minor"] == row.debit_minor
    totals = export.totals["EUR"]
    column = sum(int(row[0].replace(",", "")) for row in datev.rows)
    assert totals["amount_column_minor"] == column
    assert column - totals["tax_rounding_minor"] - totals["passed_through_minor"] == totals["debit_minor"]
    assert export.name.endswith(".csv")


def test_the_year_so_far_begins_with_the_year_and_ties(shop):
    book(shop, "fee:0", date(2025, 12, 30), minor=700)
    with acting_for(shop.id):
        chart = CHARTS["bas"]
        lines = [*chart.lines, *(line_of("sales"), line_of("sales_returns"), line_of("vat_payable"))]
        plans.save_plan(after=0, chart="bas", settings=plans.PlanSettings(company="Å"), lines=lines, now=NOW)

    _, raw = made(shop, "sie_4e", date_from="2026-11-20")

    found = sie_reader.read(raw)
    assert found.labels["#RAR"] == [["0", "20260101", "20261231"]]
    assert found.balances[("#IB", 0, "1580")] == -7
    assert found.balances[("#IB", 0, "2098")] == 7
    assert found.balances[("#UB", 0, "1580")] == Decimal("-9.50")
    assert [voucher.number for voucher in found.vouchers] == ["1", "2", "3", "4", "5"]


def line_of(kind):
    return plans.ChartLine(kind, "", "3999" if kind != "vat_payable" else "2699", "Other")


def test_vouchers_are_numbered_on_from_earlier_in_the_year(shop):
    raw = made(shop, "fec", date_from="2026-11-21")[1].decode()

    assert [line.split("\t")[2] for line in raw.splitlines()[1:]] == ["5", "5"]


def test_closed_days_are_the_same_file_again_and_open_ones_say_what_came(shop):
    first, raw = made(shop, "hledger")
    book(shop, "fee:2", date(2026, 11, 21), minor=40)
    second, open_raw = made(shop, "hledger")
    with acting_for(shop.id):
        log = {row.id: row for row in queries.find_exports()}
        changes = queries.changes_between(log[first.id].days, log[second.id].days)
        assert changes == queries.changes_since(log[first.id]) == [queries.DayChange("2026-11-21", 1, 40)]
        assert queries.changes_since(log[second.id]) == []
        ledger_periods.lock_period(until=date(2026, 11, 30), now=NOW)
    assert raw != open_raw

    closed, closed_raw = made(shop, "hledger")
    book(shop, "fee:3", date(2026, 11, 21))
    with acting_for(shop.id):
        plan = plans.plan_in_force()
        changed = [plans.ChartLine(line.kind, line.subject, f"9{line.number[1:]}", line.name) for line in plan.lines]
        plans.save_plan(after=0, chart=plan.chart, settings=plan.settings, lines=changed, now=NOW)
        ledger_periods.lock_period(until=date(2026, 12, 1), now=NOW)
        shop.merchant.name = "Renamed"
        shop.merchant.save()
    again, again_raw = made(shop, "hledger")
    with_new_plan = made(shop, "hledger", plan="current")[1]

    assert again_raw == closed_raw
    assert (again.sha256, again.id != closed.id) == (closed.sha256, True)
    assert b"assets:1000 Kasse" in closed_raw
    assert b"assets:9000 Kasse" in with_new_plan
    with acting_for(shop.id):
        assert queries.day_totals(date_from=date(2026, 12, 1), date_to=date(2026, 12, 1)) == {"2026-12-01": (1, 250)}


def test_after_reopening_the_days_are_made_anew(shop):
    with acting_for(shop.id):
        ledger_periods.lock_period(until=date(2026, 11, 30), now=NOW)
    _, before = made(shop, "beancount")
    with acting_for(shop.id):
        why = ledger_periods.Reopening("a fee was missing", "Ada", None)
        ledger_periods.reopen_from(day=date(2026, 11, 1), why=why, now=NOW)
    book(shop, "fee:late", date(2026, 11, 21), minor=40)
    with acting_for(shop.id):
        ledger_periods.lock_period(until=date(2026, 11, 30), now=NOW)

    _, after = made(shop, "beancount")

    assert before.count(b"reference:") == 5
    assert after.count(b"reference:") == 6
    assert b"closing 3" in after


def test_a_period_reopened_while_the_file_waits_is_refused(shop):
    with acting_for(shop.id):
        ledger_periods.lock_period(until=date(2026, 11, 30), now=NOW)
        export = services.request_export(ExportOrder("hledger", NOVEMBER), now=NOW)
        ledger_periods.reopen_from(day=date(2026, 11, 30), why=ledger_periods.Reopening("x", "Ada", None), now=NOW)

        assert jobs.run(export.job_id) == "refused"
        assert not JournalExport.objects.exists()


def test_an_account_without_a_number_is_refused_by_name_and_no_file_is_made(shop):
    with acting_for(shop.id):
        lines = [line for line in CHARTS["skr03"].lines if (line.kind, line.subject) != ("sales", "1900")]
        lines = [line for line in lines if line.kind != "fees"]
        plans.save_plan(after=0, chart="skr03", settings=plans.PlanSettings(company="H"), lines=lines, now=NOW)

        with pytest.raises(plans.AccountsUnmapped, match=r"Payment fees.*interchange, Sales at 19 %"):
            services.request_export(ExportOrder("datev", NOVEMBER), now=NOW)

        assert not ExportFile.objects.exists()
        empty = services.request_export(
            ExportOrder("datev", {"date_from": "2026-10-01", "date_to": "2026-10-31"}), now=NOW
        )
        assert empty.name.endswith(".csv"), "nothing was booked on them in October"


def test_a_file_that_misses_a_voucher_is_never_handed_out(shop):
    broken = replace(BOOK_FORMATS["fec"], write=lambda head, books: iter([str(next(books.vouchers())).encode()]))
    with acting_for(shop.id):
        stream = BookStream(broken, prepare(broken, NOVEMBER, now=NOW))

    with pytest.raises(RowsMissing, match="do not sum up"):
        list(stream)


def test_two_financial_years_are_two_files(shop):
    with acting_for(shop.id):
        with pytest.raises(PeriodSpansYears, match="begins on 1 January 2026"):
            services.request_export(ExportOrder("datev", {"date_from": "2026-11-01", "date_to": "2027-01-31"}), now=NOW)
        assert not ExportFile.objects.exists()


def test_journals_are_asked_for_over_rest_and_never_streamed(client, shop):
    _, secret = an_api_key(shop.merchant, scopes=["reports"])
    _, weak = an_api_key(shop.merchant, scopes=["payments"])
    mine = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    body = json.dumps({"kind": "sie_4i", "filters": NOVEMBER})

    def ask(key, text):
        return client.post(
            "/api/v1/exports/", text, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4()),
            HTTP_AUTHORIZATION=f"Bearer {key}",
        )  # fmt: skip

    asked = ask(secret, body)
    assert asked.status_code == 202, asked.content
    with acting_for(shop.id):
        jobs.run(ExportFile.objects.get().job_id)
    taken = client.get(f"/api/v1/exports/{asked.json()['id']}/download/", **mine)
    found = sie_reader.read(b"".join(taken.streaming_content), year_ties=False)

    assert len(found.vouchers) == 5
    assert taken["Content-Type"] == "text/plain; charset=ibm437"
    assert taken["Content-Disposition"].endswith('.si"')
    assert ask(weak, body).status_code == 403
    assert ask(secret, json.dumps({"kind": "sie_4i"})).status_code == 400
    assert client.get("/api/v1/exports/sie.csv", **mine).status_code == 404
    assert client.get("/api/v1/exports/datev.csv", **mine).status_code == 404


def test_memory_stays_while_forty_thousand_postings_are_written(shop):
    psutil = pytest.importorskip("psutil")
    with acting_for(shop.id):
        legs = [Leg("cash_register", "till", 100, "EUR"), Leg("receivable", "", -100, "EUR")]
        for start in range(0, 20_000, 2_000):
            entries = [ledger.Entry("money_in", f"bulk:{start + n}", "", legs) for n in range(2_000)]
            ledger.post_many(entries, business_date=date(2026, 11, 10), now=NOW)
        order = services.request_export(ExportOrder("fec", NOVEMBER), now=NOW)
        stream = open_books(BOOK_FORMATS["fec"], order.filters["head"])
    sink = io.BytesIO()
    pieces = iter(stream)
    sink.write(next(pieces))
    before = peak = psutil.Process().memory_info().rss
    for _piece in pieces:
        peak = max(peak, psutil.Process().memory_info().rss)
    assert stream.rows_written > 40_000
    assert peak - before < 10 * 1024 * 1024


def test_a_voucher_names_its_order_and_a_file_of_closed_days_that_did_not_stays_as_it_was(shop):
    with acting_for(shop.id):
        numbers = [order.number for order in Order.objects.order_by("id")]
    _, first = made(shop, "journal_csv")
    with acting_for(shop.id):
        ledger_periods.lock_period(until=date(2026, 11, 30), now=NOW)
        export = services.request_export(ExportOrder("journal_csv", NOVEMBER), now=NOW)
        del export.filters["head"]["names_orders"]
        export.save()
        assert jobs.run(export.job_id) == "done"
        export.refresh_from_db()
        before = Path(export.path).read_bytes()
    _, again = made(shop, "journal_csv")

    assert all(number.encode() in first for number in numbers)
    assert not any(number.encode() in before for number in numbers)
    assert again == before
