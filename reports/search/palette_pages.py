"""The palette as plain data: what was found, in groups, the right object first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing to go to. `family` and `status` choose the badge, "" for none."""

    label: str
    url: str
    icon: str
    note: str = ""
    amount: Money | None = None
    at: datetime | None = None
    family: str = ""
    status: str = ""
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one kind under their name."""

    title: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """What is shown for `text`. `search_url` is the page that searches everywhere for it."""

    text: str
    groups: tuple[HitGroup, ...]
    search_url: str

    @property
    def count(self) -> int:
        """How many hits there are."""
        return sum(len(group.hits) for group in self.groups)
