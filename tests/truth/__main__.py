"""
The truth set on a ground of its own: `make truth`.

`python -m tests.truth [--payments N] [--seeds N …] [--dir FOLDER] [--out FILE]`. Proves every seed in a fresh database, prints each table, and writes the
figures with the commit; the exit code says whether nothing was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django

django.setup()

from django.conf import settings

from reports.truth import services
from tests.bench.ground import prepared, settle_tables


def main() -> int:
    """Prove each seed and say how it went."""
    options = _options()
    proofs = []
    with tempfile.TemporaryDirectory() as files, prepared() as ground:
        settings.MEDIA_ROOT = Path(files)
        for seed in options.seeds:
            folder = options.dir / str(seed) if options.dir else None
            proof = services.prove(
                payments=options.payments, seed=seed, folder=folder, say=_say, analyse=lambda: settle_tables(ground)
            )
            print("\n".join(proof.as_table()), flush=True)
            proofs.append(proof)
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_after": os.getloadavg(),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "proofs": [proof.as_json() for proof in proofs],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1))
    return int(not all(proof.holds for proof in proofs))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--dir", type=Path, help="where the made files go, a folder for each seed")
    parser.add_argument("--out", type=Path, default=Path("var/truth.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
