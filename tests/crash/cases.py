"""Every module of cases; importing this one registers them all."""

from tests.crash import (
    broker,
    clockwork,
    counter,
    database,
    files,
    follow_ups,
    inbound,
    journals,
    long_work,
    offline,
    sale,
    settling,
)

__all__ = [
    "broker",
    "clockwork",
    "counter",
    "database",
    "files",
    "follow_ups",
    "inbound",
    "journals",
    "long_work",
    "offline",
    "sale",
    "settling",
]
