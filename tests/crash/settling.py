"""R: a day's settlement, from the processor's file to reconciled payments, killed between any two of its steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.ledger import queries as ledger
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.reconciliation import services as reconciliation
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
        reconciliation.request_fetch(account_id=world.facts.account_id)
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
        fetch = reconciliation.request_fetch(account_id=world.facts.account_id)
    assert jobs.run(fetch.id) == "done"
    with world.acting():
        [read] = Job.objects.filter(kind=reconciliation.IMPORT_JOB).values_list("id", flat=True)
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
