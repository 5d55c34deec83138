"""
Who opens a websocket, and whether they still may.

A browser of staff shows its session cookie and comes from our own origin. A tablet or terminal shows its token in the Authorization header; a page that
holds a token, as the till does, a single-use ticket (`?ticket=…`). An open socket asks again each second: see `recheck`. What staff opened ends with the session it
was opened in, also by the idle limit: an open socket is no use of a session. Tablets, terminals and API keys have tokens of their own and no such limit.
"""

from __future__ import annotations

import http.cookies
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare

from merchant.accounts import callers, tickets
from merchant.accounts.authentication import SESSION_MERCHANT, list_merchants
from merchant.accounts.models import User
from merchant.core.callers import Caller
from merchant.core.ids import secret_hash
from merchant.core.sessions import is_over

# Close codes: 4401 who are you, 4403 not from here or no longer allowed.
CLOSE_UNKNOWN = 4401
CLOSE_REFUSED = 4403
# How often an open socket asks whether it may stay. The promise is a second, and a look takes its time on a busy machine.
RECHECK_SECONDS = 0.7

# Scheme word -> what finds the caller by the hash of a token. Terminals add theirs at start-up.
_by_hash: dict[str, Callable[[str], Caller | None]] = {}


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opened a socket, and `identity`, by which they are found again. It holds no secret."""

    caller: Caller
    identity: tuple[str, ...]


def register_scheme(scheme: str, find_by_hash: Callable[[str], Caller | None]) -> None:
    """Let sockets be opened with `Authorization: <scheme> <token>`. Called once from an app's `ready`. Use `callers.cached` to find."""
    _by_hash[scheme.lower()] = find_by_hash


async def find_opener(scope: dict[str, Any]) -> Opener | None:
    """Return who opens the socket of an ASGI `scope`, or None. A ticket is used up."""
    return await sync_to_async(find_opener_now, thread_sensitive=False)(scope)


async def recheck(opener: Opener) -> Caller | None:
    """Return the caller as they are now, or None if they may no longer listen. Call every `RECHECK_SECONDS`."""
    return await sync_to_async(look_again, thread_sensitive=False)(opener.identity)


def find_opener_now(scope: dict[str, Any]) -> Opener | None:
    """As `find_opener`, for synchronous code."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if not is_allowed_origin(headers):
        return None
    identity = _identity(headers, scope.get("query_string", b"").decode("latin-1"))
    caller = find_again(identity) if identity else None
    return Opener(caller, identity) if caller and identity else None


def find_again(identity: tuple[str, ...]) -> Caller | None:
    """Return the caller that `identity` names, if they may still act. At most a second old."""
    kind, *rest = identity
    if kind == "session":
        caller = callers.cached(identity, _load_session)
    elif kind == "staff":
        caller = callers.cached(identity, _load_staff_of_session)
    elif kind == "device":
        caller = callers.cached(("device", *rest), callers.load_device)
    elif kind == "api_key":
        caller = callers.cached(("api_key", *rest), callers.load_api_key)
    else:
        caller = _by_hash[kind](rest[0]) if kind in _by_hash else None
    return None if caller is None or caller.is_second_factor_missing else caller


def look_again(identity: tuple[str, ...]) -> Caller | None:
    """As `find_again`, from the database: what a process remembers would make a revoked socket live for two seconds."""
    callers.forget_one(identity)
    return find_again(identity)


def is_allowed_origin(headers: dict[str, str]) -> bool:
    """Say whether the page that opens the socket is ours. Programs, which are no pages, name no origin and must show a token."""
    origin = headers.get("origin")
    if origin is None:
        return "cookie" not in headers or "authorization" in headers
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get("host", "")
    domain, _ = split_domain_port(host)
    return urlsplit(origin).netloc == host and bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_own_page(scope: dict[str, Any]) -> bool:
    """Say whether a page of ours, not a program, opens the socket of an ASGI `scope`."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return "origin" in headers and is_allowed_origin(headers)


def _identity(headers: dict[str, str], query: str) -> tuple[str, ...] | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if token:
        kinds = {"device": "device", "bearer": "api_key"}
        return kinds.get(scheme.lower(), scheme.lower()), secret_hash(token.strip())
    if ticket := parse_qs(query).get("ticket"):
        return tickets.use(ticket[0])
    cookies: http.cookies.SimpleCookie = http.cookies.SimpleCookie(headers.get("cookie", ""))
    session = cookies.get(settings.SESSION_COOKIE_NAME)
    return ("session", session.value) if session else None


def _load_session(key: str) -> Caller | None:
    """Return the person of a session for the merchant they chose, if the session stands."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)
    user = _person_of(session)
    if user is None:
        return None
    chosen = session.get(SESSION_MERCHANT)
    merchants = list_merchants(user) if chosen is None else []
    if chosen is None and len(merchants) == 1:
        chosen = str(merchants[0])
    return callers.load_staff(str(user.pk), chosen) if chosen else None


def _load_staff_of_session(user_id: str, merchant_id: str, key: str) -> Caller | None:
    """Return a person whose page holds a ticket, while the session it was asked for in stands."""
    user = _person_of(import_module(settings.SESSION_ENGINE).SessionStore(session_key=key))
    return callers.load_staff(user_id, merchant_id) if user is not None and str(user.pk) == user_id else None


def _person_of(session: SessionBase) -> User | None:
    """Return who is signed in, if the session was not idle for too long, is not too old, and the password is unchanged."""
    key: str | None = session.get(SESSION_KEY)
    user = User.objects.filter(pk=key, is_active=True).first() if key else None
    if user is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    return None if is_over(session, now_seconds=time.time()) else user
