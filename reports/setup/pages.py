"""The first page and the steps to the first sale as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `actions` do it or lead to the page that does; one that works is waited for."""

    key: str
    label: str
    text: str
    is_done: bool = False
    is_working: bool = False
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistPage:
    """The steps from an empty installation to the first sale, and the business to look at."""

    steps: tuple[Step, ...]
    done: int
    is_working: bool
    demo: Action | None = None
    demo_text: str = ""

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first page of an installation where nobody is known yet."""

    business: tuple[FormField, ...]
    person: tuple[FormField, ...]
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()

    @property
    def is_more_wrong(self) -> bool:
        """Whether something is wrong among what only another country needs."""
        return any(field.error for field in self.business[2:])

    @property
    def fields(self) -> tuple[FormField, ...]:
        """All that is asked, in its order."""
        return (*self.business, *self.person)
