"""Lanes: processes with a ground of their own each, which take the next case until none is left. Two of them keep two cores busy."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import Any

from django.db import connections

from tests.crash import children, invariants
from tests.crash.ground import Ground, prepared, used_cpu_seconds
from tests.crash.table import Case, Result
from tests.crash.world import CARD, World, use_folder

KILLED_LINES_SHOWN = 30
# Their cases start real servers and take the longest; begun first, no lane ends long after the other.
LONG_GROUPS = frozenset("TBMR")


@dataclass
class Played:
    """What all lanes did."""

    results: dict[int, Result] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    def in_order(self, cases: Sequence[Case]) -> list[Result]:
        """Return a result for every case; one that no lane came back from is broken."""
        never = "the lane that played it ended without a word"
        return [
            self.results.get(number) or Result(case.group, case.name, 0.0, 0, 0, never)
            for number, case in enumerate(cases)
        ]


def play_all(cases: Sequence[Case], *, lanes: int) -> Played:
    """Play the cases in so many lanes, telling each as it ends."""
    context = multiprocessing.get_context("fork")
    order = sorted(range(len(cases)), key=lambda number: cases[number].group not in LONG_GROUPS)
    following, played = context.Value("i", 0), Played()
    readers, processes = [], []
    for lane in range(1, min(lanes, len(cases)) + 1):
        reader, writer = context.Pipe(duplex=False)
        processes.append(context.Process(target=_run_lane, args=(lane, cases, order, following, writer)))
        processes[-1].start()
        writer.close()
        readers.append(reader)
    while readers:
        for reader in connection.wait(readers):
            _hear(reader, readers, played)  # type: ignore[arg-type]
    for process in processes:
        process.join()
    return played


def _hear(reader: connection.Connection, readers: list[Any], played: Played) -> None:
    try:
        number, told = reader.recv()
    except EOFError:
        readers.remove(reader)
        return
    if number is None:
        played.cpu_seconds += told
        return
    played.results[number] = told
    mark = "green " if told.is_green else "BROKEN"
    print(f"{mark} {told.group:<2} {told.name:<50} {told.seconds:>6.2f} s  {told.kills} killed", flush=True)


def _run_lane(
    lane: int, cases: Sequence[Case], order: Sequence[int], following: Any, writer: connection.Connection
) -> None:
    with prepared(lane) as ground:
        _warm_up(ground)
        while True:
            with following.get_lock():
                place, following.value = following.value, following.value + 1
            if place >= len(order):
                break
            writer.send((order[place], play(ground, cases[order[place]])))
        writer.send((None, used_cpu_seconds()))


def _warm_up(ground: Ground) -> None:
    """Do everything once in this process, so that no child has to import or compile it again; then close what that opened."""
    use_folder(ground.folder)
    with ground.database():
        world = World(ground, ground.folder)
        world.facts = world._open(10, "automatic")
        checkout = world.begin_checkout()
        world.pay(checkout["id"], CARD, "warm")
        world._settle(0.0, True)
        world.shown(checkout["id"])
        world.sell("warm cash")
        invariants.broken(world, ground.folder / "none")
        connections.close_all()
    # The thread that notifies has said everything by then; no fork finds it holding its lock.
    time.sleep(0.2)


def play(ground: Ground, case: Case) -> Result:
    """Play one case in a world of its own and check the invariants."""
    folder = Path(os.environ["CRASH_FOLDER"]) / f"{case.group}-{time.monotonic_ns()}"
    folder.mkdir()
    log = folder / "words.log"
    os.environ["CRASH_LOG"] = str(log)
    use_folder(folder)
    world, began, kills, fault = World(ground, folder), time.monotonic(), children.counted_kills(), ""
    try:
        with ground.database():
            case.run(world)
            if not world.is_checked and (found := children.run(invariants.broken, world, log)):
                fault = "\n".join(found)
    except Exception:
        fault = traceback.format_exc()
    if fault and log.exists():
        fault += "\n" + "\n".join(log.read_text(errors="replace").splitlines()[-KILLED_LINES_SHOWN:])
    seconds = round(time.monotonic() - began, 2)
    return Result(case.group, case.name, seconds, children.counted_kills() - kills, world.sales, fault)
