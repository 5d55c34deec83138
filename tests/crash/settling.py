"""R: a day's settlement, from the processor's file to reconciled payments, killed between any two of its steps."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.ledger import queries as ledger
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.reconciliation import services as reconciliation
from payments.reconciliation.statements import drop_folder
from payments.reconciliation.statements import services as statement_services
from payments.records.models import Payment
from payments.records.queries import with_stage
from payments.settlement import reading, services, staging
from payments.settlement.models import ReportFile, SettlementLine
from tests.crash import children
from tests.crash.table import case
from tests.crash.world import World
from tests.factories import a_bank_account, a_fee_contract

DAY = "2026-11-20"
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)
SALES = 4
# Small chunks, so that a file of a few rows is read in several steps.
CHUNK_ROWS = 2
HANDS = 5


def _day(world: World) -> Path:
    """Trade a day, close it at the processor, and return its report as a file."""
    world.open()
    control = world.ground.processor.control
    path = f"accounts/{world.facts.external_id}"
    control("PUT", f"{path}/clock", {"now": NOON.isoformat()})
    children.run(_prepare, world)
    for _ in range(SALES):
        world.card_sale()
    control("POST", f"{path}/close-day", {"date": DAY})
    control("PUT", f"{path}/clock", {"now": NEXT_MORNING.isoformat()})
    return children.run(_fetch, world)


def _prepare(world: World) -> None:
    from merchant.merchants.models import Merchant

    move_business_clock(world.facts.merchant_id, to=NOON)
    a_bank_account(Merchant.objects.get(id=world.facts.merchant_id))
    with world.acting():
        a_fee_contract(GatewayAccount.objects.get(id=world.facts.account_id), basis_points=140, fixed_minor=10)


def _fetch(world: World) -> Path:
    move_business_clock(world.facts.merchant_id, to=NEXT_MORNING)
    with world.acting():
        account = GatewayAccount.objects.get(id=world.facts.account_id)
        gateway, access = registry.gateway("sandbox"), registry.access(account)
        [remote] = gateway.list_reports(access)
        path = world.folder / remote.name
        path.write_bytes(gateway.fetch_report(remote.name, access))
        return path


def _receive(world: World, path: Path) -> UUID:
    with world.acting():
        outcome = services.receive_report(
            path=path, account_id=world.facts.account_id, name=path.name, now=NEXT_MORNING
        )
        return UUID(str(outcome.report.job_id))


def _reconcile(world: World) -> UUID:
    with world.acting():
        statement_services.request_fetch(account_id=world.facts.account_id)
    world.relay_once()
    with world.acting():
        return reconciliation.request_run(key="the run").id


def _settled(world: World) -> dict[str, Any]:
    with world.acting():
        return {
            "reports": ReportFile.objects.filter(status="posted").count(),
            "lines": SettlementLine.objects.count(),
            "stages": sorted(set(with_stage(Payment.objects.all()).values_list("money_stage", flat=True))),
            "clearing": ledger.balance("clearing"),
            "in transit": ledger.balance("payouts_in_transit"),
        }


def _ends_reconciled(world: World) -> None:
    world.settle()
    children.run(_reconcile, world)
    world.settle()
    settled = children.run(_settled, world)
    assert settled == {
        "reports": 1, "lines": SALES + 1, "stages": ["reconciled"], "clearing": {}, "in transit": {},
    }, settled  # fmt: skip


@case("R", "R1 the file is kept, nothing is stored")
def kept(world: World) -> None:
    path = _day(world)
    children.killed_at("R1", _receive, world, path)
    assert children.run(_reports, world) == []
    children.run(_receive, world, path)
    _ends_reconciled(world)


@case("R", "R2 half of the rows are read")
def half_read(world: World) -> None:
    _import_killed_at(world, "R2", nth=2, run=_run_staged)


@case("R", "R3 lines are stored")
def lines_stored(world: World) -> None:
    _import_killed_at(world, "R3")


@case("R", "R5 journals are posted, not committed")
def journals_posted(world: World) -> None:
    _import_killed_at(world, "R5")


@case("R", "R8 every row is copied at once, not committed")
def copied_at_once(world: World) -> None:
    _import_killed_at(world, "R8")


def _run_staged(job: UUID) -> str:
    """Read the report as a very long one: chunk by chunk."""
    reading.AT_ONCE_BYTES_MAX = 0
    staging.CHUNK_ROWS = CHUNK_ROWS
    return jobs.run(job)


def _import_killed_at(world: World, point: str, *, nth: int = 1, run: Callable[[UUID], str] = jobs.run) -> None:
    path = _day(world)
    job = children.run(_receive, world, path)
    children.killed_at(point, run, job, nth=nth)
    assert children.run(_reports, world) != ["posted"]
    _ends_reconciled(world)


def _reports(world: World) -> list[str]:
    with world.acting():
        return list(ReportFile.objects.values_list("status", flat=True))


@case("R", "R11 a file of the folder is taken in, not moved")
def taken_not_moved(world: World) -> None:
    path = _day(world)
    folder = world.folder / "drop" / str(world.facts.merchant_id)
    folder.mkdir(parents=True)
    lying = path.rename(folder / path.name)
    os.utime(lying, (0, 0))
    children.killed_at("R11", _take_dropped, world)
    assert lying.exists()
    assert children.run(_take_dropped, world) == {"done": [path.name], "refused": []}
    assert not lying.exists()
    _ends_reconciled(world)


def _take_dropped(world: World) -> dict[str, list[str]]:
    settings.IMPORT_DROP_DIR = str(world.folder / "drop")
    with world.acting():
        return drop_folder.take_all(now=NEXT_MORNING)


@case("R", "R9 changed rows are reversed, not written anew")
def half_replaced(world: World) -> None:
    _issued_again_killed_at(world, "R9")


@case("R", "R10 replaced rows are free again, not committed")
def half_freed(world: World) -> None:
    _issued_again_killed_at(world, "R10")


def _issued_again_killed_at(world: World, point: str) -> None:
    """Take the day's report in with one fee a cent higher, and then as it is; die on the way from one to the other."""
    path = _day(world)
    wrong = path.with_name("wrong.csv")
    wrong.write_bytes(_with_other_fee(path.read_bytes()))
    assert children.run(jobs.run, children.run(_receive, world, wrong)) == "done"
    assert children.run(jobs.run, children.run(_asked_run, world, "first")) == "done"
    job = children.run(_receive, world, path)
    if point == "R9":
        children.killed_at(point, jobs.run, job)
    else:
        assert children.run(jobs.run, job) == "done"
        children.killed_at(point, jobs.run, children.run(_asked_run, world, "second"))
    world.settle()
    children.run(_reconcile, world)
    world.settle()
    settled = children.run(_settled, world)
    # The changed row and its payout stay, with an opposite each, beside what holds.
    assert settled == {
        "reports": 2, "lines": SALES + 1 + 4, "stages": ["reconciled"], "clearing": {}, "in transit": {},
    }, settled  # fmt: skip


def _with_other_fee(data: bytes) -> bytes:
    """The report with the fee of its first sale a cent higher, and the payout a cent less."""
    reader = csv.DictReader(io.StringIO(data.decode()))
    rows = list(reader)
    sale = next(row for row in rows if row["Type"] == "sale")
    payout = next(row for row in rows if row["Type"] == "payout")
    cent = Decimal("0.01")
    sale["Fee"], sale["Net"] = str(Decimal(sale["Fee"]) + cent), str(Decimal(sale["Net"]) - cent)
    payout["Gross"], payout["Net"] = str(Decimal(payout["Gross"]) + cent), str(Decimal(payout["Net"]) + cent)
    text = io.StringIO()
    writer = csv.DictWriter(text, reader.fieldnames or [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _asked_run(world: World, key: str) -> UUID:
    with world.acting():
        return reconciliation.request_run(key=key).id


@case("R", "R4 half of the passes are done")
def half_matched(world: World) -> None:
    _run_killed_at(world, "R4", nth=2)


@case("R", "R6 every pass is done, the run is not closed")
def before_close(world: World) -> None:
    _run_killed_at(world, "R6")


def _run_killed_at(world: World, point: str, *, nth: int = 1) -> None:
    path = _day(world)
    job = children.run(_receive, world, path)
    assert children.run(jobs.run, job) == "done"
    run = children.run(_prepared_run, world)
    children.killed_at(point, jobs.run, run, nth=nth)
    _ends_reconciled(world)


def _prepared_run(world: World) -> UUID:
    """Fetch the statement without the run that its arrival asks for, and ask for one."""
    with world.acting():
        fetch = statement_services.request_fetch(account_id=world.facts.account_id)
    assert jobs.run(fetch.id) == "done"
    with world.acting():
        [read] = Job.objects.filter(kind=statement_services.IMPORT_JOB).values_list("id", flat=True)
    assert jobs.run(read) == "done"
    with world.acting():
        return reconciliation.request_run(key="the killed run").id


@case("R", "R7 the same file five times at once, one hand killed")
def five_at_once(world: World) -> None:
    path = _day(world)

    def take() -> None:
        jobs.run(_receive(world, path))

    dying = children.begin(take, point="R1")
    others = [children.begin(take) for _ in range(HANDS - 1)]
    dying.wait_killed()
    for child in others:
        child.wait()
    children.run(_receive, world, path)
    _ends_reconciled(world)
