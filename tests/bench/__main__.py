"""
Measure the product against the physical limits of the same machine in the same minutes: `make bench`.

`python -m tests.bench [--only sale sockets settling importing export intake lists wall] [--rounds N] [--seconds N] [--out FILE]`. Ratios count; absolute figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")

import django

django.setup()

from tests.bench import export, importing, intake, lists, sale, settling, sockets, wall
from tests.bench.ground import Ground, Shop, open_shop, prepared
from tests.bench.table import Row, show


def main() -> int:
    """Run the parts asked for, print the table, write the figures. The exit code says whether every must is reached."""
    options = _options()
    rows: list[Row] = []
    figures: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg(),
    }
    with prepared() as ground:
        shop = open_shop(ground)
        for name in [one for one in PARTS if not options.only or one in options.only]:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            found, figures[name] = PARTS[name](ground, shop, options)
            rows.extend(found)
    figures["rows"] = [{**_plain(row), "verdict": row.verdict} for row in rows]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2))
    print(show(rows))
    busy, cores = figures["load_before"][0], figures["cores"]
    if busy > cores / 4:
        print(
            f"The machine was busy before (load {busy:.1f} on {cores} cores): milliseconds and rates suffer, ratios less."
        )
    return int(any(row.verdict == "missed" for row in rows))


def _sale(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    return sale.measure(ground, shop, sale.Lengths(options.rounds, options.seconds))


PARTS = {
    "sale": _sale,
    "sockets": sockets.measure,
    "settling": settling.measure,
    "importing": importing.measure,
    "export": export.measure,
    "intake": intake.measure,
    "lists": lists.measure,
    "wall": wall.measure,
}


def _plain(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": row.what,
        "measured": row.measured,
        "must": row.must,
        "goal": row.goal,
        "unit": row.unit,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rows", type=int, default=300_000, help="payments in the export")
    parser.add_argument("--payments", type=int, default=1_000_000, help="payments behind the lists")
    parser.add_argument("--settled", type=int, default=100_000, help="rows of the settlement report")
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("var/bench.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
