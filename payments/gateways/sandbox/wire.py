"""HTTP to the processor: one pooled client, three kinds of silence."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from merchant.core.crash_points import crash_point
from payments.gateways.base import AccountAccess

# A processor that takes 3 s to accept a connection is down; one that needs 8 s to answer has lost the customer's patience at the till.
_TIMEOUT = httpx.Timeout(connect=3.0, read=8.0, write=8.0, pool=3.0)
# Below the 5 s after which the processor closes an idle connection, so that a request is never written into a dying one.
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=3.0)


class NotSent(Exception):
    """No byte of the request reached the processor."""


class NoAnswer(Exception):
    """The request may have arrived; what came back is nothing, or nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status below 500 and the JSON object that came with it."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The processor's word for a refusal."""
        return str(self.body.get("code", ""))


def ask(
    method: str, path: str, account: AccountAccess, *, body: dict[str, Any] | None = None, reference: str = ""
) -> Answer:
    """
    Send one request and return the answer. `reference` is the idempotency key.

    :raises NotSent: if no connection could be made.
    :raises NoAnswer: after a time-out, a cut connection, a 5xx or a body that is no JSON object.
    """
    headers = {"Idempotency-Key": reference} if reference else {}
    response = _request(method, path, account, json=body, headers=headers)
    if response.status_code >= 500:
        raise NoAnswer(f"status {response.status_code}")
    try:
        document = response.json()
    except ValueError as error:
        raise NoAnswer("the answer is not JSON") from error
    if not isinstance(document, dict):
        raise NoAnswer("the answer is not an object")
    return Answer(response.status_code, document)


def fetch(path: str, account: AccountAccess) -> bytes:
    """
    Return the bytes at `path`.

    :raises LookupError: if the processor has no such file.
    :raises NotSent: if no connection could be made.
    :raises NoAnswer: if it did not answer with the file.
    """
    response = _request("GET", path, account)
    if response.status_code == 404:
        raise LookupError(path)
    if response.status_code != 200:
        raise NoAnswer(f"status {response.status_code}")
    return response.content


def address(account: AccountAccess) -> str:
    """Return where the account's processor is. An account without an address of its own uses the installation's."""
    return str(account.config.get("base_url") or settings.SANDBOX_URL).rstrip("/")


def _request(method: str, path: str, account: AccountAccess, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {account.secrets.get('api_key', '')}", **options.pop("headers", {})}
    try:
        return _client(os.getpid()).request(method, address(account) + path, headers=headers, **options)
    except (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    ) as error:
        raise NotSent(str(error)) from error
    except (httpx.HTTPError, ValueError) as error:
        raise NoAnswer(str(error)) from error
    finally:
        crash_point("S5")


@cache
def _client(process_id: int) -> httpx.Client:
    # No proxy from the environment: it would see the account's key. No redirects: a processor that sends us elsewhere is not ours.
    return httpx.Client(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False, follow_redirects=False)
