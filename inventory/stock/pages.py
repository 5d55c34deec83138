"""Products and how many of them: one row a variant and location."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import Money
from merchant.core.pages.parts import ListFrame


@dataclass(frozen=True, slots=True)
class StockRow:
    """`available` is on hand minus reserved; `status` is a value of the stock family."""

    id: str
    url: str
    sku: str
    name: str
    location: str
    price: Money | None
    on_hand: int
    reserved: int
    available: int
    status: str
    incoming: int = 0
    # Sold by a till that was offline although there were none: they come off the next ones.
    oversold: int = 0

    @property
    def element_id(self) -> str:
        """What the socket swaps the row by."""
        return f"stock-{self.id}"


@dataclass(frozen=True, slots=True)
class StockListPage:
    """The list of products and stock."""

    list: ListFrame
    rows: tuple[StockRow, ...]
