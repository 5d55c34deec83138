"""Where secrets are kept: every column with sealed secrets, and every table sealed by the master key itself. Named once at start-up by the slice that owns it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from merchant.core.tenancy import MerchantModel


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds what `seal` returned, empty or NULL where there is nothing. `context` gives what binds it to its row."""

    model: type[MerchantModel]
    field: str
    context: Callable[[UUID], str]

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.model._meta.db_table}.{self.field}"


@dataclass(frozen=True, slots=True)
class Direct:
    """
    Rows sealed under a key derived from the master key, of the installation and of no merchant.

    `move` seals at most so many anew under the master key in force, in the caller's transaction, and returns how many; `count` says how many are not under it.
    """

    name: str
    count: Callable[[], int]
    move: Callable[[int], int]


columns: list[Column] = []
directs: list[Direct] = []


def holds(model: type[MerchantModel], field: str, *, context: Callable[[UUID], str]) -> None:
    """Name a column that holds sealed secrets."""
    columns.append(Column(model, field, context))


def holds_directly(name: str, *, count: Callable[[], int], move: Callable[[int], int]) -> None:
    """Name rows that are sealed by the master key itself."""
    directs.append(Direct(name, count, move))
