"""The ground of a run: a PostgreSQL of its own, a database for each case, and the sandbox processor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.db import connections
from django.test.utils import setup_test_environment
from django.urls import resolve

from merchant.embedded import Places, Servers
from tests import databases
from tests.processor import RunningProcessor, running_processor

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "crash"
# What was acknowledged survives the death of any process; only a power cut is not played here.
OPTIONS = {"fsync": "off", "shared_buffers": "64MB", "autovacuum_naptime": "5min", "max_connections": "60"}
HOLD_SECONDS = 0.3


@dataclass(frozen=True)
class Ground:
    """What all cases share."""

    servers: Servers
    template: str
    processor: RunningProcessor
    folder: Path

    @property
    def places(self) -> Places:
        return self.servers.places

    @property
    def valkey_places(self) -> Places:
        """Where the Valkey of cases with a broker lives."""
        return Places(self.places.var / "broker")

    @contextmanager
    def database(self) -> Iterator[None]:
        """A fresh database that this process and its children work in as the application's role."""
        with databases.cloned(self.places, template=self.template, name=f"crash_{os.getpid()}"):
            yield
            connections.close_all()


@contextmanager
def prepared(lane: int) -> Iterator[Ground]:
    """Have the servers of this lane running, and this process warm: everything imported, nothing open."""
    var = VAR / str(lane)
    servers = Servers(Places(var), with_valkey=False, options=OPTIONS)
    with servers.in_use():
        folder = var / "run" / f"cases-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ["CRASH_FOLDER"] = str(folder)
        template = databases.make_template(servers.places)
        setup_test_environment()
        resolve("/api/v1/sales/")
        connections.close_all()
        with running_processor(folder, hold_seconds=HOLD_SECONDS) as processor:
            yield Ground(servers, template, processor, folder)
        shutil.rmtree(folder, ignore_errors=True)


def used_cpu_seconds() -> float:
    """Return what this process, everything it started and everything that buried have used of the processors so far."""
    ours = psutil.Process()
    seconds = sum(ours.cpu_times()[:4])
    for child in ours.children(recursive=True):
        with suppress(psutil.Error):
            seconds += sum(child.cpu_times()[:4])
    return round(seconds, 1)
