"""Files out: every row, every figure, no formula, the same memory whatever the size."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from orders.order.models import Order, OrderLine
from payments.records.models import CarriedStage, Payment
from payments.records.queries import PaymentFilters, find_payments
from reports.exports import queries, services
from reports.exports.formats.base import Narrowed
from reports.exports.formats.registry import BOOK_FORMATS, FORMATS, UnknownExport
from reports.exports.services import ExportOrder
from reports.exports.streaming import ExportStream
from reports.kpis.definitions import REPORTS
from reports.kpis.values import list_columns
from reports.search.queries import sum_payments
from reports.search.serializers import payment_row
from tests.factories import a_channel, a_shop, a_staff_member, a_store, an_api_key, an_authorised_payment
from tests.factories.bulk import fill
from tests.factories.counter import Counter
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db(transaction=True)

PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tcmd", "\rcmd", "＝1", 'a "quoted", name']


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def shop():
    return a_shop()


def rows_of(shop, kind, *, stores=None, **params):
    with acting_for(shop.id):
        stream = services.open_stream(ExportOrder(kind, params, stores))
    text = b"".join(stream).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""))), stream.totals


def test_payments_are_written_in_both_forms_with_zone_and_totals(shop):
    sale = shop.sell(2, 1)
    shop.sell(1)

    rows, totals = rows_of(shop, "payments")

    assert next((row["order_number"], row["amount_minor"], row["amount"]) for row in rows) == (
        sale.order.number,
        "3750",
        "37.50",
    )
    assert rows[0]["time_zone"] == "Europe/Berlin"
    taken_at = rows[0]["taken_at [Europe/Berlin]"]
    assert taken_at[-6:] in ("+01:00", "+02:00")
    assert taken_at[10] == "T"
    assert totals.row_count == 2
    assert totals.currencies["EUR"]["captured_minor"] == 5000


def test_orders_are_written_line_by_line(shop):
    shop.sell(2, 1)

    rows, totals = rows_of(shop, "orders")

    assert [(row["line"], row["quantity"], row["line_total"]) for row in rows] == [
        ("1", "2", "25.00"),
        ("2", "1", "12.50"),
    ]
    assert totals.currencies["EUR"]["line_total_minor"] == 3750


def test_the_journal_sums_to_zero(shop):
    shop.sell(2, 1)

    rows, totals = rows_of(shop, "journal")

    assert sum(int(row["amount_minor"]) for row in rows) == 0
    assert totals.currencies["EUR"]["debit_minor"] == totals.currencies["EUR"]["credit_minor"]
    assert "-37.50" in {row["amount"] for row in rows}, "negative amounts stay numbers"


def test_each_currency_has_its_own_decimals(shop):
    sale = shop.sell(1)
    with acting_for(shop.id):
        for currency in ("JPY", "KWD"):
            Payment.objects.create(
                order_id=sale.order.id, method="cash", currency=currency, amount_minor=1234, business_date="2026-11-22",
                created_at="2026-11-22T10:00:00+00:00",
            )  # fmt: skip

    rows, _ = rows_of(shop, "payments")

    assert {row["currency"]: row["amount"] for row in rows} == {"EUR": "12.50", "JPY": "1234", "KWD": "1.234"}


def test_a_zone_behind_utc_is_written_with_its_sign(shop):
    newfoundland = a_channel(shop.merchant, zone="America/St_Johns")
    with acting_for(shop.id):
        Order.objects.create(
            number="N1",
            channel=newfoundland,
            currency="CAD",
            business_date="2026-11-22",
            created_at="2026-11-22T10:00:00+00:00",
            status="open",
        )

    rows, _ = rows_of(shop, "orders")

    assert rows[0]["created_at [see time_zone]"] == "2026-11-22T06:30:00-03:30"
    assert rows[0]["time_zone"] == "America/St_Johns"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_begins_a_formula(shop, payload):
    sale = shop.sell(1)
    with acting_for(shop.id):
        Order.objects.filter(id=sale.order.id).update(note=payload, client_reference=payload, email=payload[:50])
        OrderLine.objects.filter(order_id=sale.order.id).update(name=payload, sku=payload)
        Payment.objects.filter(order_id=sale.order.id).update(
            gateway_reference=payload, card_brand=payload, auth_code=payload[:12]
        )
        shop.store.name = shop.channel.name = payload
        shop.store.save()
        shop.channel.save()
    expected = payload if payload.startswith("a") else f"'{payload}"

    orders, _ = rows_of(shop, "orders")
    payments, _ = rows_of(shop, "payments")

    for name in ("note", "client_reference", "name", "sku", "store", "channel"):
        assert orders[0][name] == expected, name
    assert {payments[0][name] for name in ("gateway_reference", "card_brand", "store", "channel")} == {expected}
    for row in (*orders, *payments):
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "\t", "\r", "＝")), name


def test_every_text_column_of_every_kind_is_made_safe(shop):
    """A column over a text column of a table is `text`, unless its words are ours."""
    ours = {
        "method", "status", "currency", "money_stage", "order_number", "fulfilment_status", "line_kind", "recipe", "account", "base_currency",
        "time_zone", "row", "kind", "phase", "round", "reason", "fee_currency", "state", "language", "action", "actor_kind",
    }  # fmt: skip
    numbers = {
        "id",
        "line",
        "quantity",
        "reverses",
        "report_line",
        "receipt_number",
        "number",
        "receipts_after",
        "receipts_until",
        "facts",
        "digest",
        "attempts",
        "rating",
    }
    counted = {name for report in REPORTS.values() for name, _label, unit in list_columns(report) if unit == "count"}
    with acting_for(shop.id):
        for format_ in FORMATS.values():
            rows = format_.build(Narrowed({}))
            unsafe = [
                column.name for column in rows.columns if "CASE WHEN" not in column.sql and column.name not in ours
            ]
            assert all(
                name.split(" [")[0].endswith(("_id", "_date", "_day", "_minor", "_quantity", "_basis_points", "_percent", "_milliseconds")) or name in numbers | counted
                for name in unsafe
            ), (format_.kind, unsafe)  # fmt: skip


def test_a_file_holds_the_rows_of_the_list_with_the_same_filters(shop):
    shop.sell(1)
    wanted = shop.sell(3)

    rows, totals = rows_of(shop, "payments", amount_minor="3750", method="cash")

    assert [row["payment_id"] for row in rows] == [str(wanted.payment_id)]
    assert totals.row_count == 1


def test_a_file_holds_nothing_of_other_merchants_or_stores(shop):
    shop.sell(1)
    other = a_shop()
    elsewhere = a_store(shop.merchant)

    assert rows_of(other, "payments")[0] == []
    assert rows_of(shop, "payments", stores=frozenset({elsewhere.id}))[0] == []
    assert rows_of(shop, "payments", stores=frozenset())[0] == []
    assert all(rows_of(other, kind)[0] == [] for kind in FORMATS)


def test_an_unknown_kind_or_filter_makes_no_file(shop):
    with acting_for(shop.id):
        with pytest.raises(UnknownExport):
            services.open_stream(ExportOrder("everything", {}))
        with pytest.raises(Exception, match="unknown here"):
            services.request_export(ExportOrder("payments", {"colour": "red"}), now=shop.merchant.created_at)
        assert queries.list_exports().rows == []


def test_the_reconciliation_holds_matches_and_exceptions(shop):
    from payments.reconciliation.models import Deviation, Match

    with acting_for(shop.id):
        Match.objects.create(
            rule="operation_reference", amount_minor=1250, currency="EUR", matched_at="2026-11-22T10:00:00+00:00"
        )
        Deviation.objects.create(
            kind="amount", dedup_key="x", reference="=OP", amount_minor=-125, currency="EUR", expected_minor=1250, found_minor=1125,
            cause="settled short", business_date="2026-11-22", found_at="2026-11-22T10:00:00+00:00",
        )  # fmt: skip

    rows, totals = rows_of(shop, "reconciliation")

    assert [(row["row"], row["kind"], row["amount"]) for row in rows] == [
        ("match", "operation_reference", "12.50"),
        ("exception", "amount", "-1.25"),
    ]
    assert rows[1]["reference"] == "'=OP"
    assert totals.currencies["EUR"] == {"rows": 2, "matched_minor": 1250, "exceptions_minor": -125}
    assert len(rows_of(shop, "reconciliation", row="exception", date_from="2026-11-22")[0]) == 1


def test_a_job_makes_the_file_and_a_repeat_makes_no_second(shop):
    shop.sell(2)
    with acting_for(shop.id):
        export = services.request_export(ExportOrder("payments", {}), now=shop.merchant.created_at)

    assert jobs.run(export.job_id) == "done"
    assert jobs.run(export.job_id) == ""

    with acting_for(shop.id):
        row = queries.get_row(export.id)
        made = queries.get_export(export.id)
        assert (row.status, row.row_count, row.totals["EUR"]["amount_minor"]) == ("done", 1, 2500)
        folder = services.folder()
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json"]
    sidecar = json.loads((folder / f"{export.id}.json").read_text())
    assert sidecar["currencies"]["EUR"]["captured_minor"] == 2500
    assert sidecar["sha256"] == made.sha256


def test_after_thirty_days_a_file_is_gone_and_its_record_stays(client, shop):
    shop.sell(2)
    _, secret = an_api_key(shop.merchant, scopes=["reports"])
    with acting_for(shop.id):
        old, new = (services.request_export(ExportOrder("payments", {}), now=shop.merchant.created_at) for _ in "ab")
        for export in (old, new):
            jobs.run(export.job_id)
        old.refresh_from_db()
        new.refresh_from_db()
        ends_at = old.finished_at + timedelta(days=services.KEPT_DAYS)
        type(new).objects.filter(id=new.id).update(finished_at=ends_at)

        counts = [services.remove_old(now=now) for now in (ends_at, ends_at + timedelta(seconds=1), ends_at)]

        assert counts == [0, 1, 0]
        assert sorted(path.name for path in services.folder().iterdir()) == [f"{new.id}.csv", f"{new.id}.json"]
        row = queries.get_row(old.id)
        assert (row.row_count, row.totals["EUR"]["rows"], row.download_url) == (1, 1, "")
        assert queries.get_row(new.id).download_url
    headers = {"Authorization": f"Bearer {secret}"}
    answers = [client.get(f"/api/v1/exports/{one.id}/download/", headers=headers).status_code for one in (old, new)]
    assert answers == [404, 200]


def test_a_file_is_asked_for_and_taken_over_rest(client, shop):
    shop.sell(2)
    _, secret = an_api_key(shop.merchant, scopes=["reports"])
    _, stranger = an_api_key(a_shop().merchant, scopes=["reports"])
    mine = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    asked = client.post(
        "/api/v1/exports/",
        json.dumps({"kind": "payments"}),
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        **mine,
    )
    export = asked.json()
    assert asked.status_code == 202, asked.content
    assert client.get(f"/api/v1/exports/{export['id']}/download/", **mine).status_code == 404
    with acting_for(shop.id):
        jobs.run(queries.get_export(export["id"]).job_id)
    done = client.get(f"/api/v1/exports/{export['id']}/", **mine).json()
    taken = client.get(done["download_url"], **mine)

    assert (done["status"], done["row_count"]) == ("done", 1)
    assert taken["Content-Disposition"].startswith("attachment")
    assert taken["X-Content-Type-Options"] == "nosniff"
    assert b"".join(taken.streaming_content).count(b"\n") == 2
    assert [row["id"] for row in client.get("/api/v1/exports/", **mine).json()["results"]] == [export["id"]]
    for path in (f"exports/{export['id']}/", f"exports/{export['id']}/download/"):
        assert client.get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {stranger}").status_code == 404


def test_rows_are_streamed_with_the_filters_of_the_list(client, shop):
    shop.sell(2)
    shop.sell(1)
    _, secret = an_api_key(shop.merchant, scopes=["reports"])
    _, weak = an_api_key(shop.merchant, scopes=["payments"])

    answer = client.get("/api/v1/exports/payments.csv", {"amount_minor": "2500"}, HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).count(b"\n") == 2
    assert client.get("/api/v1/exports/everything.csv", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 404
    assert client.get("/api/v1/exports/payments.csv", HTTP_AUTHORIZATION=f"Bearer {weak}").status_code == 403


def test_the_journal_is_not_for_a_manager_of_some_stores(client, shop):
    client.force_login(a_staff_member(shop.merchant, role="manager", stores=[shop.store]).user)

    assert client.get("/api/v1/exports/journal.csv").status_code == 404
    assert client.get("/api/v1/exports/payments.csv").status_code == 200


def test_the_command_writes_rows_and_totals(shop, capsysbinary):
    shop.sell(2)

    call_command("export", "payments", "--merchant", str(shop.id), "--from", "2020-01-01", "--totals", "-")

    out, err = capsysbinary.readouterr()
    assert out.count(b"\n") == 2
    assert json.loads(err)["currencies"]["EUR"]["amount_minor"] == 2500
    with pytest.raises(CommandError, match="no merchant"):
        call_command("export", "payments", "--merchant", str(uuid4()))
    with pytest.raises(CommandError, match="unknown"):
        call_command("export", "payments", "--merchant", str(shop.id), "--filter", "colour=red")


def test_many_rows_need_no_more_memory_and_begin_at_once(shop):
    psutil = pytest.importorskip("psutil")
    fill(shop, 200_000)
    with acting_for(shop.id):
        rows = FORMATS["payments"].build(Narrowed({}))
    sum(len(piece) for piece in ExportStream(rows, with_totals=False))
    before = psutil.Process().memory_info().rss

    stream = ExportStream(rows)
    began = time.monotonic()
    pieces = iter(stream)
    size = len(next(pieces))
    first_byte_seconds = time.monotonic() - began
    peak = before
    for piece in pieces:
        size += len(piece)
        peak = max(peak, psutil.Process().memory_info().rss)

    assert stream.rows_written == stream.totals.row_count == 200_000
    assert size > 20_000_000
    assert first_byte_seconds < 0.3
    assert peak - before < 25 * 1024 * 1024


def test_a_reader_who_leaves_ends_the_session(shop):
    from merchant.core import db

    fill(shop, 20_000)
    with acting_for(shop.id):
        pieces = iter(services.open_stream(ExportOrder("payments", {})))
    next(pieces)
    next(pieces)
    pieces.close()

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        [(running,)] = db.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT%%' AND pid <> pg_backend_pid()"
        )
        if not running:
            break
        time.sleep(0.05)
    assert running == 0


@pytest.mark.parametrize("model", [Customer, Payment])
def test_exporting_changes_nothing_but_its_own_files(shop, model):
    shop.sell(1)
    with acting_for(shop.id):
        before = list(model.objects.values())
    for kind in FORMATS:
        rows_of(shop, kind)
    with acting_for(shop.id):
        assert list(model.objects.values()) == before


def test_a_z_is_one_row_whose_figures_are_those_of_its_paper():
    counter = Counter()
    shift = counter.open(20_000)
    sale = counter.sell(2, 1)
    counter.take_back(sale, 1)
    closing = counter.close(shift, off_minor=-35, reason="a coin rolled away", left_minor=20_000)

    [row], totals = rows_of(counter.shop, "closings")

    assert (row["register"], row["number"], row["digest"]) == (counter.shop.register.code, "1", closing.digest)
    assert (row["sales"], row["returns"], row["over_short"]) == ("37.50", "12.50", "-0.35")
    assert (row["opening_cash"], row["expected_cash"], row["counted_cash"], row["closing_cash"]) == (
        "0.00",
        "225.00",
        "224.65",
        "200.00",
    )
    assert (totals.row_count, totals.currencies["EUR"]["over_short_minor"]) == (1, -35)


def test_what_reports_settled_is_the_same_in_the_file_and_on_the_page(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    with books.acting():
        first = an_authorised_payment(books.account, minor=10000)
        an_authorised_payment(books.account, minor=700)
        books.take_report(report([Row(10000, first.reference, fee=165)]))
        books.reconcile()
        on_page = sum_payments(PaymentFilters())
        carried = list(CarriedStage.objects.values_list("payment_id", flat=True))

    rows, totals = rows_of(books.merchant, "payments")

    assert carried == [first.payment_id]
    assert on_page[0]["settled"] == 10000
    assert totals.currencies["EUR"]["settled_minor"] == 10000
    assert {row["payment_id"]: row["settled_minor"] for row in rows}[str(first.payment_id)] == "10000"


def test_what_was_settled_short_is_said_of_a_payment_in_the_bank_in_the_file_and_over_rest(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    with books.acting():
        sale = an_authorised_payment(books.account, minor=2500)
        books.take_report(report([Row(2250, sale.reference)]))
        books.take_statement(statement([Entry(2250, "PAYOUT po_20261120")]))
        books.reconcile()
        document = payment_row(find_payments(PaymentFilters()).get())

    [row], totals = rows_of(books.merchant, "payments")

    assert (row["money_stage"], row["missing_in_bank"], row["settled_short"]) == ("reconciled", "0.00", "2.50")
    assert totals.currencies["EUR"]["settled_short_minor"] == 250
    assert (document["missing_in_bank"]["amount_minor"], document["settled_short"]["amount_minor"]) == (0, 250)


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_no_two_kinds_of_file_are_called_the_same(language):
    with override(language):
        titles = [str(format_.title) for format_ in (*FORMATS.values(), *BOOK_FORMATS.values())]

    assert len(set(titles)) == len(titles)
    with override("en"):
        assert [str(FORMATS[kind].title) for kind in ("payouts", "report_payouts")] == ["Payouts", "Report: Payouts"]
