"""
The crash matrix: `make crash`. Every case runs real processes that are killed outright, and ends with the invariants.

`python -m tests.crash [--only S C …] [--case TEXT] [--seeds N] [--seed N] [--out FILE]`. `docs/crash-matrix.md` is the table.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
import traceback
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
os.environ.setdefault("CRASH_POINT", "armed later")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CALLER_REQUESTS_PER_SECOND", "100000")

import django

django.setup()

from django.db import connections

from tests.crash import cases, chance, children, invariants
from tests.crash.ground import Ground, prepared, used_cpu_seconds
from tests.crash.table import CASES, GROUPS, Case, Result, scoreboard, write
from tests.crash.world import CARD, World, use_folder

KILLED_LINES_SHOWN = 30
MODULES = cases.__all__


def main() -> int:
    """Play the cases asked for, print and write the scoreboard. The exit code says whether all are green."""
    options = _options()
    began = time.monotonic()
    with prepared() as ground:
        _warm_up(ground)
        results = [_told(play(ground, case)) for case in _chosen(options)]
        cost = {"wall_seconds": round(time.monotonic() - began, 1), "cpu_seconds": used_cpu_seconds()}
    print(scoreboard(results))
    print("{wall_seconds} s by the clock, {cpu_seconds} s of the processors".format(**cost))
    write(options.out, results, **cost, cores=os.cpu_count())
    if broken_seeds := [
        result.name.removeprefix("seed ") for result in results if "seed" in result.name and result.fault
    ]:
        print(f"\nReplay with: make crash ARGS='--seed {broken_seeds[0]}'")
    print(f"\n{sum(result.is_green for result in results)} of {len(results)} green; written to {options.out}")
    return int(any(not result.is_green for result in results) or not results)


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


def _told(result: Result) -> Result:
    mark = "green " if result.is_green else "BROKEN"
    print(f"{mark} {result.group:<2} {result.name:<50} {result.seconds:>6.2f} s  {result.kills} killed", flush=True)
    return result


def _chosen(options: argparse.Namespace) -> list[Case]:
    if options.seed is not None:
        return chance.cases(count=1, first=options.seed)
    if options.seeds:
        return chance.cases(count=options.seeds, first=secrets.randbelow(1_000_000))
    return [
        case
        for case in CASES
        if (not options.only or case.group in options.only) and (options.case or "") in f"{case.group} {case.name}"
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(GROUPS))
    parser.add_argument("--case", help="cases whose name holds this text")
    parser.add_argument("--seeds", type=int, default=0, help="play so many random cases instead")
    parser.add_argument("--seed", type=int, help="replay the random case with this seed")
    parser.add_argument("--out", type=Path, default=Path("var/crash-matrix.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
