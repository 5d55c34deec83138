"""Files by the calendar: one for each period, once, brought where they are wanted; and workbooks with the same rows as the CSV."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.core import mail
from lxml import etree

from merchant.accounts.models import ApiKey, StaffMember
from merchant.core.clock import business_date, machine_now
from merchant.core.errors import Invalid
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import Actor, acting_for
from merchant.ledger import periods as ledger_periods
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from merchant.messages import sending
from merchant.messages.models import Message
from reports.exports import book_orders, delivery, schedules, services, workbook
from reports.exports.models import ExportFile, ExportSchedule
from reports.exports.schedules import ScheduleNameTaken, Wish, closed_periods, period_before
from reports.exports.services import ExportOrder
from tests.clients import signed_in
from tests.factories import a_merchant, a_shop, a_staff_member, an_api_key

pytestmark = pytest.mark.django_db(transaction=True)

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT, settings.EXPORT_DROP_DIR = tmp_path / "files", str(tmp_path / "drop")


@pytest.fixture
def shop():
    shop = a_shop()
    shop.sell(2, 1)
    shop.sell(1)
    return shop


def cells_of(data: bytes, sheet: int = 1) -> list[list[tuple[str, bool]]]:
    """Read a sheet as (text, whether it is a number), by the format's own specification."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        shared = (
            etree.fromstring(book.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in book.namelist() else []
        )
        words = ["".join(item.itertext()) for item in shared]
        rows = etree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml")).iter(f"{SHEET}row")
        return [[_cell(cell, words) for cell in row] for row in rows]


def _cell(cell, words):
    assert cell.find(f"{SHEET}f") is None, "a formula"
    text = "".join(cell.itertext())
    return (words[int(text)], False) if cell.get("t") == "s" else (text, cell.get("t") != "inlineStr")


def filled_names(rows: list[list[str]]) -> list[str]:
    """The headings whose cells in the first row hold something: empty ones are not in a workbook."""
    return [name for name, cell in zip(rows[0], rows[1], strict=True) if cell]


def make(export) -> bytes:
    assert jobs.run(export.job_id) == "done"
    export.refresh_from_db()
    return Path(export.path).read_bytes()


def test_a_workbook_holds_the_rows_of_the_csv_and_its_control_totals(shop, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS_ON_A_SHEET", 2)
    with acting_for(shop.id):
        shop.store.name = "=1+1"
        shop.store.save()
        plain = make(services.request_export(ExportOrder("orders", {}), now=machine_now()))
        export = services.request_export(ExportOrder("orders", {}, shape="xlsx"), now=machine_now())
        book = make(export)
    rows = list(csv.reader(io.StringIO(plain.decode(), newline="")))

    first, second, totals = cells_of(book, 1), cells_of(book, 2), cells_of(book, 3)
    assert [text for text, _ in first[0]] == rows[0] == [text for text, _ in second[0]]
    for line, written in zip((*first[1:], *second[1:]), rows[1:], strict=True):
        assert [Decimal(text) if is_number else text for text, is_number in line] == [
            Decimal(cell) if is_number else cell
            for cell, (_, is_number) in zip(filter(None, written), line, strict=True)
        ]
    prices = {
        name for row in first[1:] for name, (_, is_number) in zip(filled_names(rows), row, strict=False) if is_number
    }
    assert {"quantity", "line_total", "line_total_minor"} <= prices
    sums = dict(zip(*[[text for text, _ in row] for row in totals], strict=True))
    assert sums == {"currency": "EUR", **{name: str(minor) for name, minor in export.totals["EUR"].items()}}
    assert export.name.endswith(".xlsx")


def test_a_workbook_is_taken_with_its_type_and_a_journal_file_has_none(shop):
    client = signed_in(a_staff_member(shop.merchant))
    asked = client.post(
        "/api/v1/exports/",
        {"kind": "payments", "format": "xlsx"},
        "application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    with acting_for(shop.id):
        make(ExportFile.objects.get(id=asked.json()["id"]))
        with pytest.raises(Invalid, match="the shape its format says"):
            services.request_export(ExportOrder("sie_4i", {"date_from": "2026-01-01"}, shape="xlsx"), now=machine_now())
    taken = client.get(f"/api/v1/exports/{asked.json()['id']}/download/")

    assert taken["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert len(cells_of(b"".join(taken.streaming_content))) == 3


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (date(2026, 11, 22), "day", (date(2026, 11, 21), date(2026, 11, 21))),
        (date(2026, 11, 23), "week", (date(2026, 11, 16), date(2026, 11, 22))),
        (date(2026, 11, 24), "week", None),
        (date(2027, 3, 1), "month", (date(2027, 2, 1), date(2027, 2, 28))),
        (date(2027, 3, 2), "month", None),
    ],
)
def test_a_period_is_made_when_it_has_ended(day, period, expected):
    assert period_before(day, period) == expected


def wish(**changes):
    values = {"name": "Daily payments", "period": "day", "delivery": "keep", "order": ExportOrder("payments", {})}
    return Wish(**(values | changes))


def due(shop, wanted: Wish) -> ExportFile:
    """Make the schedule's file of today, and bring it where it goes, as workers do."""
    merchant = shop.merchant
    tomorrow = business_date(machine_now(), zone=merchant.zone, cutoff=merchant.day_cutoff) + timedelta(days=1)
    with acting_for(shop.id):
        schedules.create_schedule(wanted, now=machine_now())
        [export] = schedules.make_due(day=tomorrow, now=machine_now())
        assert schedules.make_due(day=tomorrow, now=machine_now()) == []
        make(export)
        job = Job.objects.get(kind=services.DELIVERY_JOB)
        assert jobs.run(job.id) == "done"
        delivery.deliver(export_id=export.id, now=machine_now())
        export.refresh_from_db()
    return export


def test_a_file_goes_by_mail_once_with_its_control_totals(shop):
    export = due(shop, wish(delivery="mail", recipient="books@example.com"))
    with acting_for(shop.id):
        sent = Message.objects.get()
    sending.send_mails_due()

    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (
        ["books@example.com"],
        f"{shop.merchant.name}: Daily payments, {export.period_end}",
    )
    assert export.sha256 in letter.body and "amount_minor=" in letter.body
    [(name, content, _type)] = letter.attachments
    text = content.encode() if isinstance(content, str) else content
    assert (name, text) == (export.name, Path(export.path).read_bytes())
    assert sent.recipient == "books@example.com"


def test_a_file_lies_whole_in_the_drop_folder_with_its_totals(shop, settings):
    export = due(shop, wish(delivery="folder", order=ExportOrder("payments", {}, shape="xlsx")))

    folder = Path(settings.EXPORT_DROP_DIR) / str(shop.id)
    name = f"{export.schedule.id.hex[-8:]}-{export.name}"
    assert sorted(path.name for path in folder.iterdir()) == [name, f"{name}.json"]
    assert (folder / name).read_bytes() == Path(export.path).read_bytes()
    assert json.loads((folder / f"{name}.json").read_text())["sha256"] == export.sha256


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"role": "cashier"}, {"all_stores": False}], ids=["left", "demoted", "narrowed"]
)
def test_a_schedule_ends_with_its_makers_right_and_says_why(shop, change):
    maker, owner = a_staff_member(shop.merchant, role="owner"), signed_in(a_staff_member(shop.merchant, role="owner"))
    now = machine_now()
    with acting_for(shop.id, Actor("staff", maker.id, "Mara Lind")):
        schedule = schedules.create_schedule(wish(), now=now)
    with acting_for(shop.id):
        assert len(schedules.make_due(day=now.date() + timedelta(days=1), now=now)) == 1
        StaffMember.objects.filter(id=maker.id).update(**change)

        assert schedules.make_due(day=now.date() + timedelta(days=2), now=now) == []

        schedule.refresh_from_db()
        assert "Mara Lind made this schedule and may not have its files any more" in schedule.problem
        assert ExportFile.objects.count() == 1
        assert halted(owner) == [True, True]
        StaffMember.objects.filter(id=maker.id).update(is_active=True, role="owner", all_stores=True)
        assert len(schedules.make_due(day=now.date() + timedelta(days=3), now=now)) == 1
        schedule.refresh_from_db()
        assert schedule.problem == ""
    assert halted(owner) == [False, False]


def halted(client):
    """Whether the inbox, in English and in German, says of the schedule that it makes no files."""
    pages = [client.get("/inbox/", headers={"Accept-Language": language}).content.decode() for language in ("en", "de")]
    return ["/exports/schedules/" in page and "Mara Lind" in page for page in pages]


def test_a_schedule_ends_with_the_key_that_made_it(shop):
    key, _secret = an_api_key(shop.merchant, scopes=["exports", "payments"])
    now = machine_now()
    with acting_for(shop.id, Actor("api_key", key.id, key.name)):
        schedules.create_schedule(wish(), now=now)
    with acting_for(shop.id):
        ApiKey.objects.filter(id=key.id).update(revoked_at=now)

        assert schedules.make_due(day=now.date() + timedelta(days=1), now=now) == []
        assert not ExportFile.objects.exists() and ExportSchedule.objects.get().problem


def test_two_schedules_of_one_list_lie_side_by_side_in_the_drop_folder(shop, settings):
    captured = ExportOrder("payments", {"status": "captured"})
    now = machine_now()
    with acting_for(shop.id):
        schedules.create_schedule(wish(name="All", delivery="folder"), now=now)
        schedules.create_schedule(wish(name="Captured", delivery="folder", order=captured), now=now)
        made = schedules.make_due(day=now.date() + timedelta(days=1), now=now)
        for export in made:
            make(export)
            delivery.deliver(export_id=export.id, now=now)

    assert {export.name for export in made} == {made[0].name}
    assert len(list((Path(settings.EXPORT_DROP_DIR) / str(shop.id)).iterdir())) == 4


def test_a_webhook_tells_of_a_file_once(shop):
    export = due(shop, wish(delivery="webhook"))

    with acting_for(shop.id):
        [event] = OutboxEvent.objects.filter(topic="export.made")
    assert (event.payload["sha256"], event.payload["row_count"]) == (export.sha256, export.row_count)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"delivery": "mail"}, "mail needs an address"),
        ({"name": "  "}, "give the schedule a name"),
        ({"name": "Daily\nBcc: all@example.com"}, "give the schedule a name of one line"),
        ({"order": ExportOrder("sie_4i", {}, shape="xlsx")}, "the shape its format says"),
    ],
)
def test_a_schedule_that_could_not_work_is_refused(shop, changes, reason):
    with acting_for(shop.id):
        with pytest.raises(Invalid, match=reason):
            schedules.create_schedule(wish(**changes), now=machine_now())
        assert not ExportSchedule.objects.exists()


def test_without_a_drop_folder_nothing_is_dropped(shop, settings):
    settings.EXPORT_DROP_DIR = ""
    with acting_for(shop.id), pytest.raises(Invalid, match="EXPORT_DROP_DIR"):
        schedules.create_schedule(wish(delivery="folder"), now=machine_now())


def test_a_schedule_is_made_listed_and_stopped_on_the_page(shop):
    client = signed_in(a_staff_member(shop.merchant))
    form = {
        "name": "Weekly",
        "kind": "payments",
        "shape": "csv",
        "period": "week",
        "delivery": "keep",
        "recipient": "what was typed before another way was chosen",
        "layout": "nothing",
        "idempotency_key": "k1",
    }
    again = {**form, "idempotency_key": "k2"}

    assert client.post("/exports/schedules/new/", form).status_code == 302
    assert client.post("/exports/schedules/new/", form).status_code == 302
    refused = client.post("/exports/schedules/new/", again)
    with acting_for(shop.id):
        schedule = ExportSchedule.objects.get()
        assert (schedule.recipient, schedule.filters) == ("", {})
    assert (refused.status_code, b"called Weekly already" in refused.content) == (409, True)
    assert b'data-only-for="delivery=mail"' in refused.content
    assert b"every week, on Monday" in client.get("/exports/schedules/").content
    stranger = signed_in(a_staff_member(a_merchant()))
    assert stranger.post(f"/exports/schedules/{schedule.id}/stop/", {"idempotency_key": "s"}).status_code == 404
    assert client.post(f"/exports/schedules/{schedule.id}/stop/", {"idempotency_key": "s"}).status_code == 302
    with acting_for(shop.id):
        schedule.refresh_from_db()
        assert not schedule.is_active
        assert schedules.make_due(day=date(2026, 11, 23), now=machine_now()) == []
        schedules.create_schedule(wish(name="Weekly"), now=machine_now())
        with pytest.raises(ScheduleNameTaken):
            schedules.create_schedule(wish(name="Weekly"), now=machine_now())


def book(shop, day: date) -> None:
    """Book a fee on a day."""
    legs = [Leg("fees", f"{uuid4()}:interchange", 40, "EUR"), Leg("clearing", "psp", -40, "EUR")]
    with acting_for(shop.id):
        ledger.post(
            recipe="settlement_fee", source=f"fee:{uuid4()}", about="", legs=legs, business_date=day, now=machine_now()
        )


def test_days_before_the_first_booking_make_no_file(shop):
    now = machine_now()
    yesterday = now.date() - timedelta(days=1)
    first = yesterday - timedelta(days=2)
    with acting_for(shop.id):
        schedules.create_schedule(wish(name="Days", period="closed_day"), now=now)
        schedules.create_schedule(wish(name="Nothing yet", period="closed_month"), now=now)
    before_any = closed(shop, first - timedelta(days=40), now)
    book(shop, first)

    made = closed(shop, yesterday, now)

    assert before_any == []
    days = sorted(one.period_end for one in made if one.schedule.period == "closed_day")
    assert days == [first, first + timedelta(days=1), yesterday]


def closed(shop, until: date, now) -> list[ExportFile]:
    """What schedules have made once the books are closed up to a day."""
    with acting_for(shop.id):
        ledger_periods.lock_period(until=until, now=now)
        return list(schedules.make_closed(now=now))


def test_a_closed_month_is_handed_out_once_as_a_journal_file_and_again_it_is_the_same(shop):
    now = machine_now()
    this_month = now.date().replace(day=1)
    last_month_end = this_month - timedelta(days=1)
    options = {"detail": "days", "layout": "xero"}
    with acting_for(shop.id):
        schedules.create_schedule(
            wish(name="Books", period="closed_month", delivery="folder", order=ExportOrder("journal_csv", options)), now=now
        )  # fmt: skip
        assert schedules.make_due(day=now.date() + timedelta(days=1), now=now) == []

    book(shop, last_month_end)
    first = closed(shop, last_month_end - timedelta(days=1), now)
    [export] = closed(shop, last_month_end, now)
    with acting_for(shop.id):
        assert schedules.make_due(day=now.date() + timedelta(days=1), now=now) == []
        written = make(export)
        delivery.deliver(export_id=export.id, now=now)
        again = make(services.request_export(ExportOrder("journal_csv", export.filters["params"]), now=now))

    assert first == []
    assert export.filters["params"] == {
        **options, "date_from": str(last_month_end.replace(day=1)), "date_to": str(last_month_end),
    }  # fmt: skip
    assert again == written


def test_a_file_that_is_refused_is_told_with_its_schedule_and_made_once_it_can_be(shop, monkeypatch):
    now = machine_now()
    yesterday = now.date() - timedelta(days=1)
    with acting_for(shop.id):
        schedules.create_schedule(wish(name="Books", period="closed_day", order=ExportOrder("sie_4i", {})), now=now)
        schedules.create_schedule(wish(name="Payments", period="closed_day"), now=now)
    book(shop, yesterday - timedelta(days=3))
    with monkeypatch.context() as patched:
        patched.setattr(book_orders, "unmapped_accounts", lambda head, accounts: [("fees", "new")])
        others = closed(shop, yesterday, now)
    with acting_for(shop.id):
        problem = ExportSchedule.objects.get(name="Books").problem
        made = schedules.make_closed(now=now)
        healed = ExportSchedule.objects.get(name="Books").problem

    assert {export.kind for export in others} == {"payments"}
    assert "no number" in problem
    assert (len(made), {export.kind for export in made}, healed) == (len(others), {"sie_4i"}, "")


@pytest.mark.parametrize(
    ("period", "after", "until", "ends"),
    [
        ("closed_day", date(2026, 11, 28), date(2026, 11, 30), [date(2026, 11, 29), date(2026, 11, 30)]),
        ("closed_month", date(2026, 10, 31), date(2026, 11, 29), []),
        ("closed_month", date(2026, 10, 31), date(2026, 12, 31), [date(2026, 11, 30), date(2026, 12, 31)]),
        ("closed_day", date(2026, 11, 30), date(2026, 11, 30), []),
    ],
)
def test_only_whole_periods_that_are_closed_are_handed_out(period, after, until, ends):
    assert [last for _, last in closed_periods(after=after, until=until, period=period)] == ends
