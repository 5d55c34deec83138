"""What a check sees and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from merchant.core import db

# What is asked, sent or delivered within this time before the look is in flight, not lost.
IN_FLIGHT_SECONDS = 60
# 1,000 rows of one kind tell the story; more would hide the next check's.
ROWS_MAX = 1000
# The machine's moment at which a row with a UUIDv7 key was made: its first 48 bits are milliseconds.
MADE_AT = "to_timestamp(('x' || substr(replace({id}::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault that was planted on purpose: the exception it must have led to. Amount signed from the merchant's view, in minor units."""

    kind: str
    amount_minor: int
    reference: str


@dataclass(frozen=True, slots=True)
class Look:
    """One merchant at one moment. `planted` is None where nobody can say what was planted; `anchored` how far the audit chain was sealed before that moment, None to ask now."""

    merchant_id: UUID
    taken_at: datetime
    planted: Sequence[Planted] | None = ()
    anchored: int | None = None

    def rows(self, sql: str, **values: Any) -> list[Row]:
        """Return rows of the snapshot. `%(merchant)s`, `%(taken_at)s` and `%(in_flight)s` are always there."""
        known = {"merchant": self.merchant_id, "taken_at": self.taken_at, "in_flight": f"{IN_FLIGHT_SECONDS} seconds"}
        return db.dict_rows(sql, known | values)

    def count(self, sql: str, **values: Any) -> int:
        """Return the one number a statement gives."""
        [row] = self.rows(sql, **values)
        return int(next(iter(row.values())) or 0)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found: how much it looked at, the rows that break the rule, and the open items that explain a balance."""

    counted: int
    violations: Sequence[Row] = ()
    items: Sequence[Row] = field(default=())


def missing(look: Look, counted: str, broken: str, **values: Any) -> Findings:
    """Return the findings of two statements: how many rows there are, and which of them break the rule."""
    return Findings(look.count(counted, **values), look.rows(f"{broken} LIMIT {ROWS_MAX}", **values))


def made_at(column: str) -> str:
    """Return SQL for the machine's moment at which the row with that UUIDv7 was made."""
    return MADE_AT.format(id=column)
