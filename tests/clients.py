"""Clients that are somebody: a signed-in person, a tablet, a key."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from django.test import Client

from merchant.accounts.models import StaffMember


def signed_in(member: StaffMember, *, seconds_ago: int = 0) -> Client:
    """A browser in which `member` signed in with every factor `seconds_ago`, working for the member's merchant."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["merchant_id"] = str(member.merchant_id)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - seconds_ago}]
    session["account_authentication_methods_user"] = str(member.user.pk)
    session.save()
    return client


def send(client: Client, path: str, **fields: Any) -> Any:
    """Press the button of a form on a page, once."""
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def with_device(token: str) -> Client:
    """A tablet."""
    return Client(headers={"authorization": f"Device {token}"})


def with_key(token: str) -> Client:
    """A webshop or partner."""
    return Client(headers={"authorization": f"Bearer {token}"})
