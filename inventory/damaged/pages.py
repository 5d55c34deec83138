"""The list of damaged goods as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import ListFrame


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """`status` is a value of the damaged family; `decision` says who decided and why. The key travels with either press."""

    id: str
    name: str
    sku: str
    location: str
    quantity: int
    worth: Money
    reason: str
    brought_by: str
    brought_at: datetime
    origin: str
    origin_url: str
    status: str
    decision: str = ""
    idempotency_key: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided yet."""
        return self.status == "waiting"


@dataclass(frozen=True, slots=True)
class DamagedListPage:
    """Damaged goods, newest first; `may_decide` shows the presses."""

    list: ListFrame
    rows: tuple[DamagedRow, ...]
    may_decide: bool = False
