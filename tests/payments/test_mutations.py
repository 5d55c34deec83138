"""Hundreds of hurt files of every format: no exception, no partial booking, bounded memory. `make mutants` asks for thousands."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.factories import a_gateway_account
from tests.payments.mutations import REPORTS, SUBJECTS, Subject, mutated

# `make mutants` asks for two thousand and more; every run of the tests for some.
FILES_WANTED = int(os.environ.get("TILLSYN_MUTANTS", "108"))
SEED = int(os.environ.get("TILLSYN_SEED", "20261122"))
# Looking through all that was booked takes longer than a file.
LOOK_EVERY = 25
# What a process may grow by, however many files it has read: caches fill up, and nothing else stays.
GROWTH_MEGABYTES_MAX = 64


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.code)
def test_the_sound_file_behind_the_mutations_is_read(subject: Subject) -> None:
    assert subject.read(subject.make(Random(SEED)))


def test_hurt_files_are_refused_or_explained_and_never_booked_by_half(books) -> None:
    dice = Random(SEED)
    accounts = {subject.gateway: a_gateway_account(books.merchant, gateway=subject.gateway) for subject in REPORTS}
    told: Counter[str] = Counter()
    began, before = monotonic(), _megabytes()

    for number in range(FILES_WANTED):
        subject = SUBJECTS[number % len(SUBJECTS)]
        books.account = accounts.get(subject.gateway, books.account)
        content = mutated(subject.make(dice), dice)
        was_read = subject.read(content)
        status = subject.take(books, content, f"{number}.csv")
        told[status] += 1
        assert was_read or status == "refused", (subject.code, number)
        if number % LOOK_EVERY == 0:
            assert not any(subject.leftovers().values()), (subject.code, number)

    for subject in SUBJECTS:
        assert not any(subject.leftovers().values()), subject.code
    grown = _megabytes() - before
    assert grown < GROWTH_MEGABYTES_MAX
    _report(
        files=FILES_WANTED, formats=len(SUBJECTS), seed=SEED, **dict(sorted(told.items())), seconds=round(monotonic() - began, 1),
        grown_megabytes=grown,
    )  # fmt: skip
    assert told["refused"] and told["out_of_balance"] and told["posted"]


def _megabytes() -> int:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _report(**figures: object) -> None:
    """Print the figures, and write them with the commit they belong to where `TILLSYN_RESULT` says."""
    print(", ".join(f"{number} {word}" for word, number in figures.items()))
    if path := os.environ.get("TILLSYN_RESULT"):
        told = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(json.dumps({"commit": told.stdout.strip(), **figures}, indent=1) + "\n")
