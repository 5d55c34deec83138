"""B: the broker dies, forgets, is away or is slow. It carries wake-ups only, so nothing is lost and nothing waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from uuid import UUID, uuid4

import redis

from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.embedded import Places, Servers, valkey
from tests.crash import children, long_work
from tests.crash.table import ROOT, add
from tests.crash.world import World
from tests.terminals.live.conftest import wait_for

JOBS = 20
SALES = 10
SECONDS_MAX = 120
# As relay and worker are started, but with the kind of job of these cases, and less patience with a worker that is not there.
_RELAY = """
import django; django.setup()
import tests.crash.long_work
from merchant.core.jobs import waking; waking.PATIENCE_SECONDS = 3.0
from django.core.management import call_command; call_command("relay")
"""
_WORKER = """
import django; django.setup()
import tests.crash.long_work
from merchant.celery import app
app.worker_main(["worker", "-P", "threads", "-c", "2", "--loglevel", "WARNING", "--without-mingle"])
"""


class Broker:
    """A Valkey that may be treated badly."""

    def __init__(self, places: Places) -> None:
        self.servers = Servers(places, with_postgres=False, durable=True)
        self.address = valkey.url(places=self.servers.places)

    @property
    def pid(self) -> int:
        pid = valkey.find_pid(places=self.servers.places)
        assert pid is not None
        return pid

    @property
    def queued(self) -> int:
        with redis.Redis.from_url(self.address) as client:
            return int(client.llen("tillsyn"))  # type: ignore[arg-type]

    def flush(self) -> None:
        with redis.Redis.from_url(self.address) as client:
            client.flushall()


def play(world: World, *, act: Callable[[World, Broker, ExitStack], None]) -> None:
    """Have a broker and a relay beside the shop, and let the broker go wrong."""
    world.open()
    broker = Broker(world.ground.valkey_places)
    with broker.servers.in_use(), ExitStack() as stack:
        broker.flush()
        act(world, broker, stack)
    world.settle()


@contextmanager
def _running(world: World, code: str, address: str) -> Iterator[None]:
    with (world.folder / "words.log").open("ab") as words:
        child = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "REDIS_URL": address}, stdout=words, stderr=words
        )
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _enqueue(world: World) -> list[UUID]:
    with world.acting():
        return [jobs.enqueue("crash.steps", dedup_key=f"job {number}").id for number in range(JOBS)]


def _done(world: World) -> int:
    with world.acting():
        return Job.objects.filter(status="done", kind="crash.steps").count()


def _all_done_once(world: World) -> None:
    wait_for(lambda: children.run(_done, world) == JOBS, seconds=SECONDS_MAX, what="the jobs")
    assert children.run(long_work._effects, world) == JOBS * long_work.STEPS


def _loses_queue(world: World, broker: Broker, stack: ExitStack, *, is_killed: bool) -> None:
    """Jobs are published and queued; the broker dies or forgets them; a worker comes: all are done, once."""
    children.run(_enqueue, world)
    stack.enter_context(_running(world, _RELAY.replace("3.0", "600.0"), broker.address))
    wait_for(lambda: broker.queued == JOBS, seconds=SECONDS_MAX, what="the queue")
    stack.close()
    if is_killed:
        os.kill(broker.pid, signal.SIGKILL)
        children.count_kills(1)
        broker.servers.restart()
    else:
        broker.flush()
        assert broker.queued == 0
    with _running(world, _RELAY, broker.address), _running(world, _WORKER, broker.address):
        _all_done_once(world)


def _is_down(world: World, broker: Broker, stack: ExitStack) -> None:
    os.kill(broker.pid, signal.SIGKILL)
    children.count_kills(1)
    stack.enter_context(_running(world, _RELAY, broker.address))
    children.run(_enqueue, world)
    for _ in range(SALES):
        world.cash_sale()
    world.card_sale()
    _all_done_once(world)


def _is_slow(world: World, broker: Broker, stack: ExitStack) -> None:
    stack.enter_context(_running(world, _RELAY, broker.address))
    pid = broker.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        began, slowest = time.monotonic(), 0.0
        while time.monotonic() - began < 5:
            before = time.monotonic()
            world.cash_sale(str(uuid4()))
            slowest = max(slowest, time.monotonic() - before)
        children.run(_enqueue, world)
    finally:
        os.kill(pid, signal.SIGCONT)
    # A sale that waited for the broker would wait as long as it sleeps.
    assert slowest < 4, slowest
    with _running(world, _WORKER, broker.address):
        _all_done_once(world)


add("B", "B1 killed with jobs queued", partial(play, act=partial(_loses_queue, is_killed=True)))
add("B", "B2 flushed with jobs queued", partial(play, act=partial(_loses_queue, is_killed=False)))
add("B", "B3 away while selling", partial(play, act=_is_down))
add("B", "B4 slow for five seconds", partial(play, act=_is_slow))
