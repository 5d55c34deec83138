"""A period that is opened after its file went out: the second file is a correction, says what changed, and goes out once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from merchant.ledger import periods as ledger_periods
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from merchant.messages.models import Message
from payments.accounting.models import JournalExport
from reports.exports import schedules, services
from reports.exports.models import ExportFile
from reports.exports.revisions import reopened_ends
from reports.exports.schedules import Wish
from reports.exports.services import ExportOrder
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
LAST = date(2026, 11, 30)
NOVEMBER = {"date_from": "2026-11-01", "date_to": "2026-11-30"}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT, settings.EXPORT_DROP_DIR = tmp_path / "files", str(tmp_path / "drop")


@pytest.fixture
def shop():
    """A shop with a sale on the 20th of November, whose accountant gets SIE into the folder and DATEV by mail when a month is closed."""
    shop = a_shop()
    move_business_clock(shop.id, to=datetime(2026, 11, 20, 12, tzinfo=UTC))
    shop.sell(2, 1)
    wanted = [
        Wish("Folder", ExportOrder("sie_4i", {}), "closed_month", "folder"),
        Wish("Mail", ExportOrder("datev", {}), "closed_month", "mail", "books@example.com"),
        Wish("Rows", ExportOrder("payments", {}), "closed_month", "keep"),
    ]
    with acting_for(shop.id):
        for one in wanted:
            schedules.create_schedule(one, now=NOW)
    return shop


def book(shop, day=LAST):
    legs = [Leg("fees", f"{uuid4()}:interchange", 40, "EUR"), Leg("clearing", "psp", -40, "EUR")]
    with acting_for(shop.id):
        ledger.post(recipe="settlement_fee", source=f"fee:{uuid4()}", about="", legs=legs, business_date=day, now=NOW)


def close(shop, now=NOW) -> dict[str, ExportFile]:
    """Close November, and let schedules make and bring what they will, as workers do. A second look asks for nothing more."""
    with acting_for(shop.id):
        ledger_periods.lock_period(until=LAST, now=now)
        asked = [export.id for export in schedules.make_closed(now=NOW)]
        assert schedules.make_closed(now=NOW) == []
        run_all()
        return {
            export.schedule.name: export
            for export in ExportFile.objects.filter(id__in=asked).select_related("schedule")
        }


def run_all():
    while due := list(Job.objects.filter(status="queued").values_list("id", flat=True)):
        for job in due:
            jobs.run(job)


def reopen(shop):
    with acting_for(shop.id):
        ledger_periods.reopen_from(day=date(2026, 11, 1), why=ledger_periods.Reopening("a fee", "Ada", None), now=NOW)


def dropped(shop) -> dict[str, bytes]:
    folder = Path(schedules.settings.EXPORT_DROP_DIR) / str(shop.id)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_closed_month_that_was_opened_and_changed_goes_out_once_more_as_a_correction(shop):
    first = close(shop)
    before = dropped(shop)
    reopen(shop)
    book(shop)
    with acting_for(shop.id):
        assert schedules.make_closed(now=NOW) == [], "an open month is not handed out"

    second = close(shop)

    files = dropped(shop)
    added = files.keys() - before.keys()
    data = next(name for name in added if not name.endswith(".json"))
    assert {name: files[name] for name in before} == before, "the first file lies as it went out"
    assert (len(added), data.endswith("-r2.si")) == (2, True)
    assert files[data] == Path(second["Folder"].path).read_bytes() != Path(first["Folder"].path).read_bytes()
    assert json.loads(files[f"{data}.json"])["revision"] == 2
    assert [(second[name].revision, second[name].corrects_id) for name in ("Folder", "Mail")] == [
        (2, first["Folder"].id), (2, first["Mail"].id),
    ]  # fmt: skip
    with acting_for(shop.id):
        letters = list(Message.objects.filter(kind="export").order_by("id"))
        [was, now] = JournalExport.objects.filter(format="sie_4i").order_by("id")
    assert [letter.subject.endswith("(correction, revision 2)") for letter in letters] == [False, True]
    assert "2026-11-30: journals +1, debit_minor +40" in letters[1].body_text
    assert first["Mail"].name in letters[1].body_text and letters[1].attachment_name.endswith("-r2.csv")
    assert (was.revision, now.revision, now.corrects_id) == (1, 2, was.id)


def test_a_month_that_is_closed_again_as_it_was_goes_nowhere_a_second_time(shop):
    first = close(shop)
    before = dropped(shop)
    reopen(shop)

    second = close(shop, now=NOW + timedelta(hours=5))

    assert {name: file.sha256 for name, file in second.items()} == {name: file.sha256 for name, file in first.items()}
    assert {name: (file.revision, file.delivered_at) for name, file in second.items()} == dict.fromkeys(
        first, (1, None)
    )
    assert dropped(shop) == before
    with acting_for(shop.id):
        assert Message.objects.filter(kind="export").count() == 1


def test_a_file_that_waited_while_its_month_was_opened_is_made_when_it_is_closed_again(shop):
    with acting_for(shop.id):
        ledger_periods.lock_period(until=LAST, now=NOW)
        assert len(schedules.make_closed(now=NOW)) == 3
    reopen(shop)
    with acting_for(shop.id):
        run_all()

    made = close(shop)

    assert made["Folder"].delivered_at is not None
    assert (made["Folder"].revision, made["Folder"].closing) == (1, 3)
    assert len(dropped(shop)) == 2


def test_pages_and_rest_say_what_a_correction_corrects(shop):
    first = close(shop)["Folder"]
    reopen(shop)
    book(shop)
    with acting_for(shop.id):
        by_hand = services.request_export(ExportOrder("sie_4i", NOVEMBER), now=NOW)
        run_all()
        by_hand.refresh_from_db()
    client = signed_in(a_staff_member(shop.merchant))
    listed = client.get("/api/v1/accounting/files/").json()["data"]
    page = client.get(f"/accounting/files/{by_hand.id}/").content.decode()

    assert (by_hand.revision, by_hand.corrects_id) == (2, first.id)
    assert by_hand.name.endswith("-r2.si")
    assert {(one["revision"], one["corrects"]) for one in listed if one["format"] == "sie_4i"} == {
        (1, None), (2, str(first.id)),
    }  # fmt: skip
    assert "What this file corrects" in page and f"/accounting/files/{first.id}/" in page
    assert "revision 2" in client.get("/accounting/").content.decode()


@pytest.mark.parametrize(
    ("locks", "ends"),
    [
        ([(1, date(2026, 11, 30))], []),
        ([(1, date(2026, 11, 30)), (2, date(2026, 12, 31))], []),
        ([(1, date(2026, 11, 30)), (2, date(2026, 10, 31))], []),
        ([(1, date(2026, 11, 30)), (2, date(2026, 10, 31)), (3, date(2026, 11, 30))], [date(2026, 11, 30)]),
        ([(1, date(2026, 11, 30)), (2, date(2026, 11, 30)), (3, date(2026, 12, 31))], []),
    ],
)
def test_what_was_handed_out_is_looked_at_again_only_after_its_days_were_open(locks, ends):
    assert reopened_ends([(date(2026, 10, 31), 1), (date(2026, 11, 30), 1)], locks) == ends
