"""What the import commands share when they print."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import OutputWrapper

from merchant.core.money import EXPONENTS, Money

# The exit code that says: this is not what was asked for, and nothing was stored.
REFUSED = 2


def print_document(stdout: OutputWrapper, document: dict[str, Any]) -> None:
    """Print one JSON document and nothing else. ASCII, so that a terminal's encoding cannot break it."""
    stdout.write(json.dumps(document, indent=2))


def printed_minor(minor: int, currency: str) -> str:
    """Return an amount as a person reads it."""
    return str(Money(minor, currency)) if currency in EXPONENTS else f"{minor} {currency}"
