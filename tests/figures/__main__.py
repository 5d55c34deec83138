"""
The figures of the guarantees, each measured on an installation of its own: `make figures`, or one by `make figure-…`.

`python -m tests.figures [NAME …] [--out FOLDER]`. Each writes `var/figures-<name>.json` with the commit it ran on; the exit code says whether all are reached.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django

django.setup()

from tests.crash.table import commit
from tests.figures import broker, faults, last_unit, ledger_damage, one_key, postgres_killed, unknown

FIGURES = {
    "one-key": one_key,
    "last-unit": last_unit,
    "broker": broker,
    "unknown": unknown,
    "postgres-killed": postgres_killed,
    "ledger-damage": ledger_damage,
    "faults": faults,
}


def main() -> int:
    """Measure what was asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--out", type=Path, default=Path("var"))
    options = parser.parse_args()
    reached = [measure(name, options.out) for name in options.names or FIGURES]
    return int(not all(reached))


def measure(name: str, folder: Path) -> bool:
    """Measure one figure, write it and say how it went."""
    module = FIGURES[name]
    began = time.monotonic()
    is_reached, figures = module.measure()
    document = {
        "figure": name,
        "what": (module.__doc__ or "").strip().split("\n")[0],
        "reached": is_reached,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cores": os.cpu_count(),
        "load_after": os.getloadavg(),
        "seconds": round(time.monotonic() - began, 1),
        **figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"figures-{name}.json").write_text(json.dumps(document, indent=1, default=str))
    print(f"{'reached' if is_reached else 'MISSED '} {name}: {document['what']}")
    print(json.dumps({key: value for key, value in figures.items() if key != "refusals"}, default=str), flush=True)
    return is_reached


if __name__ == "__main__":
    sys.exit(main())
