"""
Keyset pages: newest first by id, never counted, never skipped through.

Ids are UUIDv7, so their order is the order of creation and a cursor is simply the last id seen. Page 2,000 costs what page 1 costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from merchant.core.errors import Invalid

Row = TypeVar("Row")

# 200: a page that a tablet parses in one frame; larger reads are exports.
PAGE_SIZE_MAX = 200
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the cursors that lead to older and newer ones (None at the end)."""

    rows: Sequence[Row]
    older: str | None
    newer: str | None


def page(
    rows: QuerySet[Any], *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE
) -> Page[Any]:
    """
    Return one page of `rows`, newest first.

    `after` continues to older rows, `before` goes back to newer ones. One statement.

    :raises Invalid: if a cursor is not one of ours.
    """
    size = max(1, min(size, PAGE_SIZE_MAX))
    if before:
        found = list(rows.filter(id__gt=_cursor(before)).order_by("id")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        newer = str(found[0].id) if more and found else None
        return Page(found, str(found[-1].id) if found else None, newer)
    selected = rows.filter(id__lt=_cursor(after)) if after else rows
    found = list(selected.order_by("-id")[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(found, str(found[-1].id) if more else None, str(found[0].id) if after and found else None)


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(reason=_("the page cursor is not one of ours")) from None
