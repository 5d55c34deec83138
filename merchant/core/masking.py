"""Names and addresses for eyes that may know that they are there, and no more: `Caller.is_masked`."""

from __future__ import annotations

# Enough of a number to tell two phones apart when somebody reads theirs out.
_PHONE_END = 2


def mask_email(email: str) -> str:
    """Return `a***@example.com`, "" for none."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if email else ""


def mask_name(name: str) -> str:
    """Return the first letter of a name, "" for none."""
    return f"{name[:1]}***" if name else ""


def mask_phone(phone: str) -> str:
    """Return the last two digits of a number, "" for none."""
    return f"***{phone[-_PHONE_END:]}" if phone else ""
