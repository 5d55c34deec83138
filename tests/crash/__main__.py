"""
The crash matrix: `make crash`. Every case runs real processes that are killed outright, and ends with the invariants.

`python -m tests.crash [--only S C …] [--case TEXT] [--seeds N] [--seed N] [--lanes N] [--out FILE]`. `docs/crash-matrix.md` is the table.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
os.environ.setdefault("CRASH_POINT", "armed later")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("CALLER_REQUESTS_PER_SECOND", "100000")

import django

django.setup()

from tests.crash import cases, chance
from tests.crash.lanes import play_all
from tests.crash.table import CASES, GROUPS, Case, scoreboard, write

MODULES = cases.__all__


def main() -> int:
    """Play the cases asked for, print and write the scoreboard. The exit code says whether all are green."""
    options = _options()
    began, chosen = time.monotonic(), _chosen(options)
    played = play_all(chosen, lanes=options.lanes)
    results = played.in_order(chosen)
    cost = {"wall_seconds": round(time.monotonic() - began, 1), "cpu_seconds": round(played.cpu_seconds, 1)}
    print(scoreboard(results))
    print("{wall_seconds} s by the clock, {cpu_seconds} s of the processors".format(**cost))
    write(options.out, results, **cost, lanes=options.lanes, cores=os.cpu_count())
    if broken_seeds := [
        result.name.removeprefix("seed ") for result in results if "seed" in result.name and result.fault
    ]:
        print(f"\nReplay with: make crash ARGS='--seed {broken_seeds[0]}'")
    print(f"\n{sum(result.is_green for result in results)} of {len(results)} green; written to {options.out}")
    return int(any(not result.is_green for result in results) or not results)


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
    parser.add_argument("--lanes", type=int, default=min(2, os.cpu_count() or 1), help="so many cases at once")
    parser.add_argument("--out", type=Path, default=Path("var/crash-matrix.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
