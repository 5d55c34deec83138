"""Every route of the product, read from the URL resolver: what tests walk over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from merchant.core.rest import MerchantView
from merchant.core.staff_pages import StaffPageView

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One named address and the view behind it. `ids` are the names in its path."""

    name: str
    view: Any
    ids: tuple[str, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """What the view answers to."""
        return tuple(method for method in METHODS if hasattr(self.view, method.lower()))

    @property
    def is_rest(self) -> bool:
        return isinstance(self.view, type) and issubclass(self.view, MerchantView)

    @property
    def is_page(self) -> bool:
        return isinstance(self.view, type) and issubclass(self.view, StaffPageView)

    def address(self, **ids: Any) -> str:
        """The path with the given ids."""
        return reverse(self.name, kwargs=ids)


def list_routes() -> list[Route]:
    """Return every named route."""
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(patterns: list[Any], namespace: str, ids: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        found = (*ids, *entry.pattern.converters, *_regex_groups(entry))
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, found)
        elif isinstance(entry, URLPattern):
            view = getattr(entry.callback, "cls", None) or getattr(entry.callback, "view_class", entry.callback)
            yield Route(f"{namespace}{entry.name}", view, tuple(dict.fromkeys(found)))


def _regex_groups(entry: Any) -> tuple[str, ...]:
    regex = getattr(entry.pattern, "regex", None)
    return tuple(regex.groupindex) if regex is not None and not entry.pattern.converters else ()
