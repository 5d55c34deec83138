"""
Single-use tickets for websockets.

A page that holds a token, as the till does, cannot put it into a websocket's headers, and a token in an address would end in logs. It asks for a ticket
over REST and opens the socket with it at once.
"""

from __future__ import annotations

from django.core.cache import cache
from rest_framework.request import Request

from merchant.core.callers import Caller
from merchant.core.ids import new_secret, secret_hash
from merchant.core.limits import LimitUnavailable

# From the answer of one request to the start of the next, over a bad line.
LIFE_SECONDS = 30


def issue(request: Request) -> str:
    """
    Return a ticket that opens one websocket as the caller of `request`.

    :raises LimitUnavailable: if the cache, where tickets wait, does not answer; the caller polls instead.
    """
    ticket = new_secret("tsw")
    try:
        cache.set(f"socket-ticket:{secret_hash(ticket)}", _identity(request), timeout=LIFE_SECONDS)
    except Exception as error:
        raise LimitUnavailable() from error
    return ticket


def use(ticket: str) -> tuple[str, ...] | None:
    """Return the identity a ticket stands for and use it up, or None. Of two that try at once, one wins."""
    name = f"socket-ticket:{secret_hash(ticket)}"
    identity = cache.get(name)
    if identity is None or not cache.delete(name):
        return None
    return tuple(identity)


def _identity(request: Request) -> list[str]:
    """What finds the caller again each second: of a token its hash, of staff their session, with which the socket ends."""
    caller = request.auth
    assert isinstance(caller, Caller)
    if caller.kind == "staff":
        return ["staff", str(caller.user_id), str(caller.merchant_id), str(request.session.session_key)]
    scheme, _, token = request.META["HTTP_AUTHORIZATION"].partition(" ")
    return ["device" if scheme.lower() == "device" else "api_key", secret_hash(token.strip())]
