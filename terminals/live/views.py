"""The wall of terminals as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from merchant.core.pages.frame import places_of, scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from terminals.live.tiles import store_topic
from terminals.live.wall import build_wall


class WallView(StaffPageView):
    """`/terminals/`: what every terminal does right now."""

    right = "terminal.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the wall; to htmx only the counts and notices, which are asked for when a tile has changed."""
        scope = scope_of(request, self.caller)
        page = build_wall(Here.of(request), caller=self.caller, scope=scope, locale=locale_of(request.LANGUAGE_CODE))  # type: ignore[attr-defined]
        if self.is_part:
            return self.fragment("terminals/live/counts_and_notices.html", page)
        stores = [scope.store] if scope.store else places_of(self.caller).stores
        topics = tuple(store_topic(store.id) for store in stores)
        return self.page("terminals/live/wall.html", page, current="terminals", live_topics=topics)
