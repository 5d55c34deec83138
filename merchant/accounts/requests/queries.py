"""Reads of the request log and of the events of the merchant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from merchant.accounts.models import ApiKey
from merchant.accounts.requests.models import RequestLine
from merchant.core.filters import FilterReader
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import current_merchant_id

REQUEST_FILTERS = ("method", "answer", "caller", "key", "code", "q")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANSWERS = {"2": (200, 299), "4": (400, 499), "5": (500, 599)}
CALLERS = ("api_key", "register", "staff", "terminal")


@dataclass(frozen=True, slots=True)
class RequestFilters:
    """What the log is narrowed by. Empty fields do not narrow. `text` is part of a path, or a correlation id."""

    methods: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    key_ids: tuple[UUID, ...] = ()
    code: str = ""
    text: str = ""


def read_filters(params: Mapping[str, str]) -> RequestFilters:
    """Return the filters of a query string. :raises FilterRefused: for what is unknown or cannot be understood."""
    reader = FilterReader(params, known=REQUEST_FILTERS)
    return RequestFilters(
        methods=reader.choices("method", METHODS),
        answers=reader.choices("answer", tuple(ANSWERS)),
        callers=reader.choices("caller", CALLERS),
        key_ids=reader.keys("key"),
        code=reader.text("code"),
        text=reader.text("q"),
    )


def find_lines(filters: RequestFilters) -> QuerySet[RequestLine]:
    """Return the lines that the filters let through, in no order yet."""
    wanted = {
        "method__in": filters.methods, "caller_kind__in": filters.callers, "caller_id__in": filters.key_ids, "code": filters.code,
    }  # fmt: skip
    rows: QuerySet[RequestLine] = RequestLine.objects.filter(**{name: value for name, value in wanted.items() if value})
    if filters.answers:
        answered = Q()
        for answer in filters.answers:
            answered |= Q(http_status__range=ANSWERS[answer])
        rows = rows.filter(answered)
    return rows.filter(Q(path__contains=filters.text) | Q(correlation_id=filters.text)) if filters.text else rows


def list_events(*, topic: str = "", before: int | None = None, size: int) -> list[OutboxEvent]:
    """Return the merchant's events, newest first, from before a number on."""
    rows = OutboxEvent.objects.filter(merchant_id=current_merchant_id())
    rows = rows.filter(topic=topic) if topic else rows
    rows = rows.filter(seq__lt=before) if before is not None else rows
    return list(rows.order_by("-seq")[:size])


def list_keys() -> list[ApiKey]:
    """Return the keys that were not ended, the newest first."""
    return list(ApiKey.objects.filter(revoked_at=None).order_by("-id"))
