"""Locations, their tills, and channels as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action, Fact, Link


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One location or channel. `about` is its town or what it sells from."""

    name: str
    code: str
    about: str
    currency: str
    zone: str
    tills: int = 0
    icon: str = "store"
    url: str = ""


@dataclass(frozen=True, slots=True)
class PlacesPage:
    """Where the merchant sells."""

    stores: tuple[PlaceRow, ...]
    channels: tuple[PlaceRow, ...]
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class TillRow:
    """One till of a location. `device` is the tablet that is paired with it, "" for none; `url` its page, "" for who may not open it."""

    name: str
    code: str
    device: str
    is_training: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class StorePage:
    """One location: its facts, its tills, and the forms that change both (for those who may)."""

    title: str
    facts: tuple[Fact, ...]
    tills: tuple[TillRow, ...]
    fields: tuple[FormField, ...]
    action_url: str
    key: str
    till_key: str
    can_change: bool
    back: Link
    till: FormField
    errors: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[FormField, ...]:
        """All that both forms ask."""
        return (*self.fields, self.till)
