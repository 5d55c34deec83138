"""Staff, keys and webhook of a demo merchant. Every secret is made here and returned once."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from merchant.accounts import services as accounts
from merchant.accounts.access import MFA_ROLES, ROLES, SCOPES
from merchant.accounts.approvals import services as approvals
from merchant.messages import services as messages

_STAFF = (
    ("owner", "Mara", "Halden"),
    ("manager", "Jonas", "Roe"),
    ("cashier", "Elif", "Kaya"),
    ("accountant", "Tomas", "Lind"),
)
# A cashier gives back a day's small errors alone; a hand grinder needs a second person.
_CASHIER_LIMIT_MINOR = 5000
_WORDS = (
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbor",
    "inlet",
    "kettle",
    "linen",
    "meadow",
    "north",
    "olive",
    "pebble",
    "reed",
)


def hire_staff(*, domain: str, now: datetime) -> list[dict[str, Any]]:
    """
    Take on one person of each role and return how they sign in: password, and the seed of their code app where the role needs one.

    Who may allow at a till what its cashier may not has a PIN for it.
    """
    people = []
    for role, first, last in _STAFF:
        invited = accounts.add_staff(
            email=f"{first.lower()}@{domain}",
            first_name=first,
            last_name=last,
            role=role,
            refund_limit_minor=_CASHIER_LIMIT_MINOR if role == "cashier" else None,
            now=now,
        )
        user, password = invited.member.user, _password()
        user.set_password(password)
        user.save(update_fields=["password"])
        person = {
            "name": f"{first} {last}",
            "email": user.email,
            "password": password,
            "totp_secret": "",
            "pin": "",
            "role": role,
        }
        if role in MFA_ROLES:
            Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
            person["totp_secret"] = generate_totp_secret()
            TOTP.activate(user, person["totp_secret"])
        if "pin.manage" in ROLES[role]:
            person["pin"] = _pin()
            approvals.set_pin(member_id=invited.member.id, pin=person["pin"])
        people.append(person)
    return people


def make_api_key(*, now: datetime) -> str:
    """Return a key with every scope: the webshop and the day's robot use it."""
    _, secret = accounts.create_api_key(name="Webshop", scopes=sorted(SCOPES), now=now)
    return secret


def make_webhook(*, url: str, now: datetime) -> str:
    """Register `url` for everything that happens to orders and payments, and return its signing secret."""
    return messages.create_endpoint(url=url, topics=["order.*", "payment.*"], now=now).secret


def _pin() -> str:
    """Return six digits, the first two of which are neither the same nor in a row: no rule for PINs refuses that."""
    first = secrets.randbelow(10)
    second = (first + 2 + secrets.randbelow(7)) % 10
    return f"{first}{second}{secrets.randbelow(10_000):04}"


def _password() -> str:
    """Return four words and six digits: read and typed without a mistake, and not guessed within the limit on tries."""
    return "-".join(secrets.choice(_WORDS) for _ in range(4)) + f"-{secrets.randbelow(900_000) + 100_000}"
