"""
A tablet's queue in one call: requests that it could not send, each with its own key, in the order in which they were made.

Every item is an ordinary request of the till's own routes, done in a transaction of its own with its answer stored under its key: so an item that was sent before,
alone, in another batch or from another tab, is answered as it was then and does nothing. What is refused is answered as refused, and the next goes on.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from rest_framework.request import Request

from merchant.core.callers import Caller, TillInTraining
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError, problem, rest_exception_handler
from merchant.core.idempotency import services as idempotency
from merchant.core.idempotency.services import Answer, RequestInFlight
from merchant.core.ids import readable_code
from merchant.core.json_parser import BoundedJSONParser
from merchant.core.rest import RightMissing

logger = logging.getLogger(__name__)

# A day of a busy till comes in a few calls; each item takes some 10 ms, so a call stays within a tablet's patience.
ITEMS_MAX = 200
ROUTES = frozenset(
    {
        "pos:offline-sale-create",
        "pos:sale-create",
        "pos:order-begin",
        "pos:order-lines",
        "pos:order-payment-create",
        "pos:order-return-create",
        "pos:order-exchange-create",
        "pos:loose-returns",
        "pos:payment-refund-create",
        "shifts:movements",
    }
)
# Another tab may be at the same item; it is done within a second or dead.
_TRIES, _PAUSE_SECONDS = 40, 0.05
_EARLIER = re.compile(r"@([^/]+)")


class NotForABatch(AppError):
    """The path is none of those a tablet queues, or needs a terminal that the customer has left."""

    code = "not_for_a_batch"
    status = 422
    detail = "{path} cannot be sent in a batch."
    next_step = "Send it by itself."


class EarlierItemMissing(AppError):
    """The path names an order by the key of an item that never began one."""

    code = "earlier_item_missing"
    status = 409
    detail = "No order was begun with the key {key}."
    next_step = "Send that item first."


@dataclass(frozen=True, slots=True)
class Item:
    """One queued request: its key, its path below /api/v1/ and its body."""

    key: str
    path: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """How one item ended. `document` is what it would have been answered by itself."""

    key: str
    status: int
    is_replayed: bool
    document: Any


def run(*, request: Request, items: Sequence[Item]) -> list[Result]:
    """
    Do the items one after the other and return how each ended. Every item commits by itself; what is raised is a database that went away.

    A long queue outlives what it came in with: who calls is asked again for each item, so that of a tablet that is revoked the rest is refused.
    """
    results = []
    for item in items:
        results.append(_one(request, item))
        crash_point("O1")
    return results


def _one(request: Request, item: Item) -> Result:
    view: Any = None
    try:
        caller = _caller_now(request)
        path = _EARLIER.sub(lambda found: _order_begun_with(found[1]), item.path)
        view, kwargs = _view_for(request, caller, item, f"/api/v1/{path}")
        answer = _answer(view, item, kwargs)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        return _refused(item, _noted(view, error))
    return Result(item.key, answer.status, answer.is_replayed, json.loads(answer.body))


def _noted(view: Any, error: Exception) -> Exception:
    """Have the view note why it refused, where it does so, and return what the item is answered with: the refusal, or why it could not be noted."""
    if view is None or not isinstance(error, AppError) or not hasattr(view, "note_refusal"):
        return error
    try:
        view.note_refusal(error)
    except (OperationalError, InterfaceError):
        raise
    except Exception as failure:
        return failure
    return error


def _caller_now(request: Request) -> Caller:
    """Return the tablet as it is by now, at most a second old. :raises AuthenticationFailed: once it is revoked. :raises TillInTraining: once it only practises."""
    door: Any = request.successful_authenticator
    caller: Caller = door.authenticate(request)[1]
    if caller.register is not None and caller.register.is_training:
        raise TillInTraining(register=caller.register.register_name)
    return caller


def _view_for(request: Request, caller: Caller, item: Item, path: str) -> tuple[Any, dict[str, Any]]:
    try:
        match = resolve(path)
    except Resolver404:
        raise NotForABatch(path=item.path[:80]) from None
    settling = item.body.get("settling")
    method = item.body.get("method") or (settling.get("method") if isinstance(settling, dict) else None)
    if match.view_name not in ROUTES or method == "card_present":
        raise NotForABatch(path=item.path[:80])
    view = match.func.cls()  # type: ignore[attr-defined]
    if not caller.has_right(view.right_for("POST")):
        raise RightMissing(right=view.right_for("POST"))
    view.request = _request_of(request, caller, item, path)
    view.request._request.resolver_match = match
    view.kwargs = match.kwargs
    return view, match.kwargs


def _request_of(request: Request, caller: Caller, item: Item, path: str) -> Request:
    inner = HttpRequest()
    inner.method, inner.path = "POST", path
    inner.META = {
        **request._request.META,
        "CONTENT_TYPE": "application/json",
        "HTTP_IDEMPOTENCY_KEY": item.key,
        "PATH_INFO": path,
    }
    inner._body = json.dumps(item.body).encode()
    inner.META["CONTENT_LENGTH"] = str(len(inner._body))
    inner._read_started = True  # type: ignore[attr-defined]
    made = Request(inner, parsers=[BoundedJSONParser()])
    # The framework has a user there; whoever asks here is a caller.
    made.user, made.auth = cast(Any, caller), caller
    return made


def _answer(view: Any, item: Item, kwargs: dict[str, Any]) -> Answer:
    print_ = idempotency.fingerprint("POST", view.request.path, view.request.data)
    route = view.request.resolver_match.view_name
    for last in range(_TRIES):
        try:
            return idempotency.answer_once(
                route=route, key=item.key, request_print=print_, act=lambda: view.act(view.request, **kwargs)
            )
        except RequestInFlight:
            if last == _TRIES - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise RequestInFlight()


def _order_begun_with(key: str) -> str:
    answer = idempotency.find_answer(route="pos:order-begin", key=key)
    if answer is None:
        raise EarlierItemMissing(key=key[:80])
    return str(json.loads(answer.body)["id"])


def _refused(item: Item, error: Exception) -> Result:
    answer = rest_exception_handler(error, {})
    if answer is not None:
        return Result(item.key, answer.status_code, False, json.loads(answer.content))
    reference = readable_code(10)
    logger.exception("reference %s: %s in a batch", reference, type(error).__name__)
    document = problem(
        status=500,
        code="server_error",
        detail=_("Something went wrong with this item; it was logged."),
        money=_("Nothing of this item was stored."),
        next_step=_("Send it again with the same key."),
        reference=reference,
    )
    return Result(item.key, 500, False, document)
