"""A page with one form, as plain data: what is asked for, what was typed, and why it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from merchant.core.pages.parts import Choice, Link


@dataclass(frozen=True, slots=True)
class FormField:
    """One input. `kind` is `text`, `decimal`, `number`, `date`, `lines` (several lines), `choice` or `tick`; `text` is what it holds ("on" for a tick)."""

    name: str
    label: str
    kind: str = "text"
    text: str = ""
    hint: str = ""
    is_required: bool = False
    length_max: int = 120
    choices: tuple[Choice, ...] = ()

    def filled(self, entered: Mapping[str, str]) -> FormField:
        """Return the field as somebody filled it in."""
        text = entered.get(self.name, "")
        choices = tuple(replace(choice, is_selected=choice.value == text) for choice in self.choices)
        return replace(self, text=text, choices=choices)


@dataclass(frozen=True, slots=True)
class FormPage:
    """The page. `notice` says what follows from it; `errors` are sentences."""

    title: str
    back: Link
    action_url: str
    idempotency_key: str
    fields: tuple[FormField, ...]
    button: str
    notice: str = ""
    errors: tuple[str, ...] = ()


def choices_of(pairs: Sequence[tuple[str, str]], chosen: str = "") -> tuple[Choice, ...]:
    """Return choices from (value, words)."""
    return tuple(Choice(words, value, value == chosen) for value, words in pairs)
