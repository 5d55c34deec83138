"""The address of a list: its filters are the query string, so a copied link shows the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from merchant.core.clock import machine_now
from merchant.core.pages.display import day_text
from merchant.core.pages.parts import Choice, Filter, FilterBar, Pager, SavedView
from merchant.core.pages.shell import current_locale
from merchant.core.pagination import Page

_PAGING = ("after", "before")
# What is open beside the list is no filter of it: links to other rows leave it behind.
_OPEN = "open"
_VALUES_MAX = 30
# Filters with several values at once, as tick boxes send them or with commas between.
_SEVERAL = frozenset({"status", "fulfilment_status", "method", "money_stage", "kind", "phase", "reason", "rating"})


@dataclass(frozen=True)
class Here:
    """Where a page stands: its path and everything in its query string."""

    path: str
    params: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, request: HttpRequest) -> Here:
        """Return the address of `request` without empty values."""
        lists = {
            name: tuple(
                value
                for text in values[:_VALUES_MAX]
                for value in (text.split(",") if name in _SEVERAL else [text])
                if value
            )
            for name, values in request.GET.lists()
            if name != _OPEN
        }
        return cls(request.path, {name: values for name, values in lists.items() if values})

    def one(self, name: str) -> str:
        """Return the first value of `name`, or ""."""
        return self.params.get(name, ("",))[0]

    def joined(self, names: Iterable[str]) -> dict[str, str]:
        """Return the values of `names` that are set, several with commas between, as the filters of lists read them."""
        return {name: ",".join(self.params[name]) for name in names if name in self.params}

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """Return this address with `changes` (None takes a name out), on its first page."""
        params: dict[str, Any] = {name: values for name, values in self.params.items() if name not in _PAGING}
        params.update(changes)
        query = urlencode({name: value for name, value in params.items() if value}, doseq=True)
        return f"{self.path}?{query}" if query else self.path

    def pager(self, page: Page[Any]) -> Pager:
        """Return the links to older and newer rows."""
        return Pager(
            next_url=self.url(after=page.older) if page.older else "",
            previous_url=self.url(before=page.newer) if page.newer else "",
            shown=len(page.rows),
        )

    def choice(self, name: str, label: str, choices: Iterable[tuple[str, Any]]) -> Filter:
        """Return a filter of tick boxes."""
        chosen = self.params.get(name, ())
        offered = tuple(Choice(str(words), value, value in chosen) for value, words in choices)
        shown = ", ".join(choice.label for choice in offered if choice.is_selected)
        return Filter(name, label, "choice", shown, self.url(**{name: None}), offered)

    def text(self, name: str, label: str) -> Filter:
        """Return a filter one types."""
        return Filter(name, label, "text", self.one(name), self.url(**{name: None}), value=self.one(name))

    def days(self, name: str, label: str) -> Filter:
        """Return a filter of two business days, both inclusive."""
        first, last = self.one(f"{name}_from"), self.one(f"{name}_to")
        words = list(dict.fromkeys(_day_words(text) for text in (first, last)))
        shown = " – ".join(words) if any(words) else ""
        remove = self.url(**{f"{name}_from": None, f"{name}_to": None})
        return Filter(name, label, "range", shown, remove, value=first, value_to=last, input_type="date")

    def bar(
        self, *filters: Filter, search_hint: str = "", views: Sequence[tuple[str, Mapping[str, str]]] = ()
    ) -> FilterBar:
        """Return everything above the list. `views` are tabs: words and the query they stand for."""
        return FilterBar(
            url=self.path,
            filters=filters,
            views=self._views(views),
            search=self.one("q"),
            search_hint=search_hint,
            clear_url=self.path,
        )

    def _views(self, views: Sequence[tuple[str, Mapping[str, str]]]) -> tuple[SavedView, ...]:
        mine = {
            name: ",".join(values) for name, values in self.params.items() if name not in (*_PAGING, "store", "channel")
        }
        scope = {name: self.one(name) for name in ("store", "channel") if self.one(name)}
        return tuple(
            SavedView(
                str(label),
                f"{self.path}?{urlencode({**query, **scope})}" if query or scope else self.path,
                mine == dict(query),
            )
            for label, query in views
        )


def _day_words(text: str) -> str:
    """Return a day of the address as people read it; what is no day stays as it was typed."""
    try:
        return day_text(date.fromisoformat(text), shape="short", locale=current_locale(), today=machine_now().date())
    except ValueError:
        return text
