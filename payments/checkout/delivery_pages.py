"""Ways of delivery as staff see them."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import Money
from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import ListFrame


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One way of delivery. `rates` is how many rates it has; without any its own price holds everywhere."""

    url: str
    name: str
    code: str
    price: Money
    free_from: Money | None
    countries: str
    rates: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class MethodListPage:
    """The list of ways."""

    list: ListFrame
    rows: tuple[MethodRow, ...]


@dataclass(frozen=True, slots=True)
class RateFields:
    """One line of inputs: what was typed or is stored, as text."""

    key: str
    channel: str = ""
    zone: str = ""
    countries: str = ""
    weight: str = ""
    value: str = ""
    price: str = ""


@dataclass(frozen=True, slots=True)
class MethodPage:
    """One way of delivery: its terms and its rates, each a form of its own. `channels` are (code, words)."""

    row: MethodRow
    currency: str
    fields: tuple[FormField, ...]
    lines: tuple[RateFields, ...]
    channels: tuple[tuple[str, str], ...]
    terms_key: str
    rates_key: str
    can_change: bool
    errors: tuple[str, ...] = ()
