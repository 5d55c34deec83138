"""The dialogs of invoices, as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class InvoiceDialogPage:
    """One form: what it is about, its fields, and why it was refused."""

    action_url: str
    title: str
    button: str
    note: str
    form: Any
    idempotency_key: str
    errors: tuple[str, ...] = ()
