"""State tables: the life of a row as data, enforced twice, by one guarded update here and by PostgreSQL below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models

from merchant.core.errors import AppError


class IllegalTransition(AppError):
    """The row is not in a state that leads to the one asked for."""

    code = "illegal_transition"
    detail = "This {what} is {state} and cannot become {target}."


@dataclass(frozen=True, slots=True)
class StateTable:
    """
    All states of one thing and which may follow which.

    `moves` maps each state to those that may follow it; a state that maps to nothing is final.
    """

    what: str
    moves: Mapping[str, tuple[str, ...]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        return tuple(self.moves)

    @property
    def final(self) -> tuple[str, ...]:
        """States that nothing follows."""
        return tuple(state for state, after in self.moves.items() if not after)

    def sources(self, target: str) -> tuple[str, ...]:
        """Return the states that may become `target`."""
        return tuple(state for state, after in self.moves.items() if target in after)

    def allows(self, source: str, target: str) -> bool:
        """Say whether `target` may follow `source`."""
        return target in self.moves[source]

    def choices(self) -> list[tuple[str, str]]:
        """Return Django's choices."""
        return [(state, state) for state in self.moves]

    def trigger(self, name: str, *, field: str = "status") -> pgtrigger.FSM:
        """Return the trigger by which PostgreSQL refuses every other move."""
        pairs = [(source, target) for source, after in self.moves.items() for target in after]
        return pgtrigger.FSM(name=name, field=field, transitions=pairs)

    def check(self, name: str, *, field: str = "status") -> models.CheckConstraint:
        """Return the constraint by which PostgreSQL refuses a word that is not in the table."""
        return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(self.moves)}), name=name)


def move(row: models.Model, table: StateTable, target: str, *, field: str = "status", **changes: Any) -> None:
    """
    Move `row` to `target` with one guarded update and write `changes` with it.

    Nothing is locked beforehand; of two racing movers one wins and the other is refused. The row in memory follows.

    :raises IllegalTransition: if the stored state does not lead to `target`.
    """
    rows = type(row)._base_manager.filter(pk=row.pk, **{f"{field}__in": table.sources(target)})
    if not rows.update(**{field: target}, **changes):
        row.refresh_from_db(fields=[field])
        raise IllegalTransition(what=table.what, state=getattr(row, field), target=target)
    for name, value in {field: target, **changes}.items():
        setattr(row, name, value)
