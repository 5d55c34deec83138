"""J: jobs whose workers die, hang, or are killed again and again; and beats that are two, or none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import business_now, machine_now, move_business_clock
from merchant.core.jobs import schedule
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.jobs.services import JobRun, kind
from payments.settlement.services import FETCH_JOB
from tests.crash import children
from tests.crash.table import add, case
from tests.crash.world import World

STEPS = 3


@kind("crash.steps")
def in_steps(run: JobRun) -> None:
    """Leave one audit entry a step."""
    for number in range(run.cursor.get("done", 0), STEPS):
        with run.checkpoint(f"step {number}", cursor={"done": number + 1}):
            audit.record("crash.step", subject=f"job:{run.id}:{number}", now=machine_now())


def _job(world: World) -> UUID:
    with world.acting():
        return jobs.enqueue("crash.steps", dedup_key="the one job").id


def _effects(world: World) -> int:
    with world.acting():
        return AuditEntry.objects.filter(action="crash.step").count()


def _lease_ran_out(world: World) -> None:
    with world.acting():
        Job.objects.filter(status="running").update(lease_until=machine_now() - timedelta(seconds=1))


def _is_done_once(world: World) -> None:
    assert children.run(_effects, world) == STEPS
    world.settle()
    assert children.run(_effects, world) == STEPS


def die_and_resume(world: World, *, point: str, nth: int, effects: int) -> None:
    """A worker dies at `point` with so many effects behind it; the next one does the rest."""
    world.open()
    job = children.run(_job, world)
    children.killed_at(point, jobs.run, job, nth=nth)
    assert children.run(_effects, world) == effects
    assert children.run(jobs.run, job) == "", "nobody may take a job whose lease lives"
    children.run(_lease_ran_out, world)
    assert children.run(jobs.run, job) == "done"
    _is_done_once(world)


for _name, _point, _nth, _left in [
    ("J1 claimed", "J1", 1, 0),
    ("J2 in the middle of a step", "J2", 2, 1),
    ("J3 after a step's commit", "J3", 2, 2),
    ("J4 before the finish", "J4", 1, 3),
]:
    add("J", _name, lambda world, p=_point, n=_nth, e=_left: die_and_resume(world, point=p, nth=n, effects=e))  # type: ignore[misc]


@case("J", "J5 lease ran out, the old owner wakes")
def old_owner_wakes(world: World) -> None:
    world.open()
    job = children.run(_job, world)
    sleeper = children.begin(jobs.run, job, point="J2", nth=2, how=children.signal.SIGSTOP)
    sleeper.wait_stopped()
    children.run(_lease_ran_out, world)
    children.killed_at("J3", jobs.run, job)
    children.run(_lease_ran_out, world)
    assert children.run(jobs.run, job) == "done"
    sleeper.go_on()
    assert sleeper.wait() == "", "the old owner's write was not refused"
    _is_done_once(world)


@case("J", "J6 a job that kills its worker every time")
def poison(world: World) -> None:
    world.open()
    job = children.run(_job, world)
    for _ in range(jobs.ATTEMPTS_MAX):
        children.killed_at("J1", jobs.run, job)
        children.run(_lease_ran_out, world)
    assert children.run(jobs.run, job) == ""
    assert children.run(_status, world, job) == "dead"
    children.run(_retried, world, job)
    assert children.run(jobs.run, job) == "done"
    _is_done_once(world)


def _status(world: World, job: UUID) -> str:
    with world.acting():
        return Job.objects.get(id=job).status


def _retried(world: World, job: UUID) -> None:
    from django.db import transaction

    with world.acting(), transaction.atomic():
        jobs.retry(Job.objects.get(id=job))


def _keys(world: World) -> list[str]:
    with world.acting():
        return sorted(Job.objects.values_list("dedup_key", flat=True))


@case("J", "J7 two beats, one killed")
def two_beats(world: World) -> None:
    world.open()
    children.killed_at("J7", schedule.tick)
    assert children.run(_keys, world) == []
    beats = [children.begin(schedule.tick) for _ in range(2)]
    inserted = [beat.wait() for beat in beats]
    keys = children.run(_keys, world)
    assert keys
    assert len(keys) == len(set(keys)) == sum(inserted)
    world.settle()


@case("J", "J8 no beat for two ticks")
def missed_ticks(world: World) -> None:
    world.open()
    for days in (1, 2):
        children.run(_on_day, world, days)
        children.killed_at("J7", schedule.tick)
    children.run(_on_day, world, 3)
    children.run(schedule.tick)
    fetches = [key for key in children.run(_keys, world) if key.startswith(f"{FETCH_JOB}:")]
    # At noon of the fourth day: that day, and the three before.
    assert len(fetches) >= 3, fetches
    world.settle()


def _on_day(world: World, days: int) -> None:
    now = machine_now().replace(hour=12)
    move_business_clock(world.facts.merchant_id, to=now + timedelta(days=days))
    assert business_now(world.facts.merchant_id).day != machine_now().day or not days
