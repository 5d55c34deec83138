"""E: journal files, from the closing of a month to the accountant's folder and mail, killed between any two steps of the way."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.ledger import periods as ledger_periods
from merchant.messages import sending
from merchant.messages.models import Message
from payments.accounting.models import JournalExport
from reports.exports import book_stream, schedules, services
from reports.exports.models import ExportFile
from reports.exports.schedules import Wish
from reports.exports.services import ExportOrder
from reports.exports.tasks import CLOSED_JOB
from tests.crash import children
from tests.crash.table import add, case
from tests.crash.world import World

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 12, 3, 8, tzinfo=UTC)
LAST = date(2026, 11, 30)
FORMATS = ("sie_4i", "datev", "journal_csv")
SALES = 2
# Later than any lease of a relay that works today.
LEASE_ENDS_BEFORE = NEXT_MONTH - timedelta(hours=1)
# Small pieces, so that a file of a few vouchers is written in several.
PIECE_BYTES = 200


def _month(world: World, *, delivery: str) -> None:
    """Trade in November, wish for its journals in every format, and close it."""
    world.open()
    children.run(_on, world, NOON)
    for _ in range(SALES):
        world.cash_sale()
    children.run(_close, world, delivery)


def _on(world: World, moment: datetime) -> None:
    move_business_clock(world.facts.merchant_id, to=moment)


def _close(world: World, delivery: str) -> None:
    _on(world, NEXT_MONTH)
    _small(world)
    with world.acting():
        for format_ in FORMATS:
            recipient = "books@example.com" if delivery == "mail" else ""
            wish = Wish(format_, ExportOrder(format_, {}), "closed_month", delivery, recipient)
            schedules.create_schedule(wish, now=NEXT_MONTH)
        ledger_periods.lock_period(until=LAST, now=NEXT_MONTH)
        jobs.enqueue(CLOSED_JOB, dedup_key="the closing")


def _small(world: World) -> None:
    """Every child of these cases sets where files go and how large a piece is."""
    settings.EXPORT_DROP_DIR = str(world.folder / "drop")
    book_stream.PIECE_BYTES = PIECE_BYTES


def _run(world: World, kind: str, subject: UUID | None = None) -> str:
    """Take the job of a kind (about a file) as a worker does."""
    _small(world)
    with world.acting():
        found = Job.objects.filter(kind=kind)
        if subject is not None:
            found = found.filter(payload__export_id=str(subject))
        job = found.get().id
    return jobs.run(job)


def _files(world: World) -> list[UUID]:
    with world.acting():
        return list(ExportFile.objects.order_by("id").values_list("id", flat=True))


def _again(world: World) -> dict[str, str]:
    """Ask for the same files by hand and return their hashes: closed days are the same, byte for byte."""
    _small(world)
    hashes = {}
    with world.acting():
        for format_ in FORMATS:
            filters = {"date_from": "2026-11-01", "date_to": "2026-11-30"}
            export = services.request_export(ExportOrder(format_, filters), now=NEXT_MONTH)
            assert jobs.run(export.job_id) == "done"
            export.refresh_from_db()
            assert export.revision == 1
            hashes[format_] = export.sha256
    return hashes


def _left(world: World) -> dict[str, Any]:
    """What there is of the schedules' files: rows, log, folders, audit."""
    _small(world)
    with world.acting():
        files = list(ExportFile.objects.filter(schedule__isnull=False))
        kept = services.folder()
        return {
            "files": {file.kind: file.sha256 for file in files},
            "bytes": {file.kind: hashlib.sha256(Path(file.path).read_bytes()).hexdigest() for file in files},
            "log": sorted(JournalExport.objects.filter(id__in=[file.id for file in files]).values_list("format", flat=True)),
            "delivered": AuditEntry.objects.filter(action="export.delivered").count(),
            "half made": sorted(path.name for path in kept.glob("*.part")),
            "dropped": sorted(
                hashlib.sha256(path.read_bytes()).hexdigest() for path in (world.folder / "drop").glob("*/*") if path.suffix != ".json"
            ),
            "mails": sorted(Message.objects.filter(kind="export").values_list("status", "unanswered")),
        }  # fmt: skip


def _settle(world: World) -> None:
    children.run(_small_relay, world)
    world.settle()


def _small_relay(world: World) -> None:
    """The relay's rounds, in a process that knows the folder."""
    _small(world)
    world.age()
    world.relay_once()


def _ends_in_folder(world: World) -> None:
    """Every format was made once, is what a file asked for by hand is, lies in the folder once, and stands in the log once."""
    _settle(world)
    left, again = children.run(_left, world), children.run(_again, world)
    assert left == {
        "files": again, "bytes": again, "log": sorted(FORMATS), "delivered": len(FORMATS), "half made": [],
        "dropped": sorted(again.values()), "mails": [],
    }, (left, again)  # fmt: skip


@case("E", "E0 the closing is known, no file is asked for")
def not_asked(world: World) -> None:
    _month(world, delivery="folder")
    children.killed_at("J2", _run, world, CLOSED_JOB)
    assert children.run(_files, world) == []
    _ends_in_folder(world)


def _making_killed_at(world: World, point: str, nth: int) -> None:
    _month(world, delivery="folder")
    assert children.run(_run, world, CLOSED_JOB) == "done"
    files = children.run(_files, world)
    assert len(files) == len(FORMATS)
    for file in files:
        children.killed_at(point, _run, world, services.JOB, file, nth=nth)
    _ends_in_folder(world)


for _name, _point, _nth in [
    ("E1 claimed, nothing is written", "E1", 1),
    ("E2 half of the file is written", "E2", 2),
    ("E3 the file is whole, nothing is stored of it", "E3", 1),
    ("E4 stored, not committed", "J2", 1),
    ("E5 stored, not brought anywhere", "J3", 1),
]:
    add("E", _name, lambda world, p=_point, n=_nth: _making_killed_at(world, p, n))  # type: ignore[misc]


def _made(world: World, delivery: str) -> list[UUID]:
    _month(world, delivery=delivery)
    assert children.run(_run, world, CLOSED_JOB) == "done"
    files = children.run(_files, world)
    for file in files:
        assert children.run(_run, world, services.JOB, file) == "done"
    return files


@case("E", "E6 the file lies in the folder, nothing is stored of it")
def lies_there(world: World) -> None:
    for file in _made(world, "folder"):
        children.killed_at("E6", _run, world, services.DELIVERY_JOB, file)
    _ends_in_folder(world)


@case("E", "E7 the mail is written, not committed")
def mail_written(world: World) -> None:
    for file in _made(world, "mail"):
        children.killed_at("E6", _run, world, services.DELIVERY_JOB, file)
    _ends_by_mail(world, unanswered=0)


@case("E", "E8 the mail server has said yes, nobody has noted it")
def mail_sent(world: World) -> None:
    """What may have gone out twice goes under the same id, and says so."""
    for file in _made(world, "mail"):
        assert children.run(_run, world, services.DELIVERY_JOB, file) == "done"
    for _ in FORMATS:
        children.killed_at("E8", _send, world)
    _ends_by_mail(world, unanswered=1)


def _send(world: World) -> int:
    _small(world)
    _mails_due(world)
    sending._BATCH = 1
    return sending.send_mails_due()


def _ends_by_mail(world: World, *, unanswered: int) -> None:
    _settle(world)
    children.run(_mails_due, world)
    children.run(_leases_ran_out, world)
    _settle(world)
    left, again = children.run(_left, world), children.run(_again, world)
    assert left == {
        "files": again, "bytes": again, "log": sorted(FORMATS), "delivered": len(FORMATS), "half made": [],
        "dropped": [], "mails": [("delivered", unanswered)] * len(FORMATS),
    }, (left, again)  # fmt: skip


def _mails_due(world: World) -> None:
    """Mails are due by the machine's clock, the month was closed by the business's. Those that somebody died over keep their lease."""
    with world.acting():
        Message.objects.filter(status="pending", next_at__gt=LEASE_ENDS_BEFORE).update(next_at=NOON)


def _leases_ran_out(world: World) -> None:
    with world.acting():
        Message.objects.filter(status="pending").update(next_at=NOON)
