"""One proof from beginning to end: make, load, import, reconcile, judge, and all of it a second time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from merchant.core.ids import readable_code
from reports.truth import judge, loading, running
from reports.truth.generator import make
from reports.truth.judge import Verdict

# Fewer leave no room for every kind of error on a deal of its own.
PAYMENTS_MIN = 200
VERIFIED_PAYMENTS_MAX = 5_000
_RUN_LETTERS = 5


@dataclass(slots=True)
class Proof:
    """What was asked, how long each part took, and every verdict."""

    payments: int
    seed: int
    run: str
    commit: str
    seconds: dict[str, float] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is missed."""
        return all(verdict.holds for verdict in self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """Return the document that is printed and kept."""
        return {**asdict(self), "holds": self.holds}

    def as_table(self) -> list[str]:
        """Return the lines that are printed."""
        width = max(len(verdict.question) for verdict in self.verdicts)
        lines = [f"{self.payments:,} payments, seed {self.seed}, run {self.run}, commit {self.commit}"]
        lines.append("  ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items()))
        for verdict in self.verdicts:
            lines.append(f"{verdict.question:<{width}}  {'holds ' if verdict.holds else 'MISSED'}  {verdict.figure}")
            lines += [f"  ! {miss}" for miss in verdict.misses]
        missed = sum(not verdict.holds for verdict in self.verdicts)
        lines.append(f"{len(self.verdicts) - missed} of {len(self.verdicts)} hold.")
        return lines


def prove(
    *,
    payments: int,
    seed: int,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda words: None,
    analyse: Callable[[], None] | None = None,
) -> Proof:
    """
    Make up a trade of so many payments, reconcile it in a merchant of its own, and judge. Writes files and truth to `folder` if one is given.

    `analyse` lets PostgreSQL look at the loaded tables, which the application's role may not. Without it `verify` is asked about small trades only: row by row it
    would look for each line among all others.

    :raises ValueError: if the trade is too small for every kind of error.
    """
    if payments < PAYMENTS_MIN:
        raise ValueError(f"a truth set has at least {PAYMENTS_MIN} payments")
    proof = Proof(payments, seed, readable_code(_RUN_LETTERS), _commit())
    clock = _Stopwatch(proof, say)
    world = make.make(payments=payments, seed=seed, run=proof.run)
    truth = make.truth_of(world)
    if folder is not None:
        make.write(world, folder)
    clock.lap("made")
    loaded = loading.load(world)
    if analyse is not None:
        analyse()
    clock.lap("loaded")
    running.take_in(world.files, loaded, say=say)
    clock.lap("reconciled")
    proof.verdicts = judge.judge(truth, loaded)
    before = judge.snapshot(loaded.merchant_id)
    for file in world.files:
        running.import_file(file, loaded)
    changed = running.reconcile(loaded.merchant_id, key="again")
    proof.verdicts.append(judge.judge_repeat(before, judge.snapshot(loaded.merchant_id), changed))
    if analyse is not None:
        analyse()
    if analyse is not None or payments <= VERIFIED_PAYMENTS_MAX:
        proof.verdicts += judge.judge_books(loaded.merchant_id)
    clock.lap("judged")
    return proof


class _Stopwatch:
    def __init__(self, proof: Proof, say: Callable[[str], None]) -> None:
        self._proof, self._say, self._since = proof, say, time.monotonic()

    def lap(self, name: str) -> None:
        """Note what the part behind took."""
        now = time.monotonic()
        self._proof.seconds[name] = round(now - self._since, 2)
        self._since = now
        self._say(f"{name}: {self._proof.seconds[name]} s")


def _commit() -> str:
    """Return the commit this runs on, "" outside a checkout."""
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
