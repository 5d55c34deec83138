"""Answer a request once, and repeat that answer for ever after (30 days)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError
from merchant.core.idempotency.models import StoredAnswer
from merchant.core.tenancy import current_scope

KEY_LENGTH_MAX = 255
_UNIQUE = "core_stored_answer_pkey"


class IdempotencyKeyMissing(AppError):
    """A money endpoint was called without a key."""

    code = "idempotency_key_missing"
    status = 400
    detail = "This request needs an Idempotency-Key header of 1 to 255 printable characters."
    next_step = "Make a key, store it, then send the request with it; use the same key for every repeat."


class IdempotencyKeyReused(AppError):
    """The key was used before with another body."""

    code = "idempotency_key_reused"
    status = 422
    detail = "This Idempotency-Key was already used with a different request."
    next_step = "Use a new key for a new request; repeat the old request unchanged to see its answer."


class RequestInFlight(AppError):
    """The same key is being worked on right now."""

    code = "request_in_flight"
    status = 409
    detail = "A request with this Idempotency-Key is being worked on."
    money = "The first request decides; this one did nothing."
    next_step = "Send the same request again in a second to see its answer."
    retry_after_seconds = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the exact bytes of a JSON body."""

    status: int
    body: bytes
    is_replayed: bool = False


def json_answer(status: int, document: Any) -> Answer:
    """Return `document` as an answer."""
    return Answer(status, db.json_text(document).encode())


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """Return what makes two requests the same: method, path and the body regardless of key order and spaces."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).digest()


def answer_once(*, route: str, key: str, request_print: bytes, act: Callable[[], Answer]) -> Answer:
    """
    Run `act` in one transaction together with the storing of its answer, or replay the answer given before.

    Scope is the stable id of the device, API key or person in scope, and `route`. What `act` raises is rolled back and not stored, so a corrected
    request may use the key again.

    :raises IdempotencyKeyMissing: without a usable key.
    :raises IdempotencyKeyReused: if the key was used with another request.
    :raises RequestInFlight: if the same key is being worked on.
    """
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise IdempotencyKeyMissing()
    scope = current_scope()
    identity = (scope.merchant_id, f"{scope.actor.key}|{route}", key)
    try:
        with transaction.atomic():
            stored = _claim(identity)
            if stored is not None:
                return _replay(stored, request_print)
            crash_point("S1")
            answer = act()
            db.execute_prepared(_STORE, [*identity, request_print, answer.status, answer.body, machine_now()])
            crash_point("S2")
        crash_point("S3")
        return answer
    except IntegrityError as error:
        if _UNIQUE not in str(error):
            raise
    # Somebody finished between our look and our lock; the whole of our attempt was rolled back.
    with transaction.atomic():
        stored = _claim(identity)
        if stored is None:
            raise RequestInFlight()
        return _replay(stored, request_print)


def find_answer(*, route: str, key: str) -> Answer | None:
    """Return the answer that the actor in scope was given on `route` for `key`, if any."""
    scope = current_scope()
    stored = StoredAnswer.objects.filter(
        merchant_id=scope.merchant_id, scope=f"{scope.actor.key}|{route}", key=key
    ).first()
    return Answer(stored.status, bytes(stored.body), is_replayed=True) if stored else None


_CLAIM = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 42)), a.fingerprint, a.status, a.body
FROM (SELECT 1) one LEFT JOIN core_stored_answer a ON a.merchant_id = %s AND a.scope = %s AND a.key = %s
"""
_STORE = """
INSERT INTO core_stored_answer (merchant_id, scope, key, fingerprint, status, body, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


def _claim(identity: tuple[Any, str, str]) -> tuple[bytes, int, bytes] | None:
    [(locked, print_, status, body)] = db.prepared_rows(_CLAIM, ["|".join(map(str, identity)), *identity])
    if status is not None:
        return bytes(print_), status, bytes(body)
    if not locked:
        raise RequestInFlight()
    return None


def _replay(stored: tuple[bytes, int, bytes], request_print: bytes) -> Answer:
    print_, status, body = stored
    if print_ != request_print:
        raise IdempotencyKeyReused()
    return Answer(status, body, is_replayed=True)
