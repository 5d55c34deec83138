"""`/developers/`: keys, webhooks, requests and events in one place."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.accounts.requests import queries
from merchant.accounts.requests.building import CALLER_WORDS, event_row, request_row, tabs_of
from merchant.accounts.requests.pages import Card, DevelopersPage, EventsPage, RequestLogPage
from merchant.accounts.requests.queries import REQUEST_FILTERS, RequestFilters
from merchant.core.clock import machine_now
from merchant.core.numbers import whole_number
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame, Pager
from merchant.core.pagination import PAGE_SIZE
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.messages import queries as messages

# A key that nobody used for so long is probably nobody's any more.
_QUIET = timedelta(days=90)
_LATEST = 10


class DevelopersView(StaffPageView):
    """`/developers/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show how keys and webhooks stand, and the latest requests."""
        latest = []
        if self.caller.has_right("request.read"):
            latest = list(queries.find_lines(RequestFilters()).order_by("-id")[:_LATEST])
        cards = tuple(card for card in (self._keys(), self._webhooks(), _reference()) if card is not None)
        page = DevelopersPage(
            cards=cards,
            tabs=tabs_of(self.caller, "overview"),
            requests=tuple(request_row(line) for line in latest),
            base_url=f"{settings.PUBLIC_URL.rstrip('/')}/api/v1/",
        )
        return self.page("merchant/accounts/developers.html", page, current="webhooks")

    def _keys(self) -> Card | None:
        if not self.caller.has_right("key.manage"):
            return None
        keys = queries.list_keys()
        quiet = [key for key in keys if (key.last_used_at or key.created_at) < machine_now() - _QUIET]
        text = _("A key is shown once, can be rolled with a day of overlap, and ended at once.")
        if quiet:
            count = len(quiet)
            text = ngettext("{n} key was not used for 90 days.", "{n} keys were not used for 90 days.", count).format(
                n=count
            )
        words = ngettext("key works", "keys work", len(keys))
        actions = (Action(_("Keys"), "/api-keys/", "key-round"),)
        return Card("keys", _("API keys"), text, str(len(keys)), words, actions, "warn" if quiet else "")

    def _webhooks(self) -> Card:
        failed = messages.list_deliveries(status="failed").count()
        active = messages.list_endpoints().filter(is_active=True).count()
        text = _("Every delivery is signed, tried again for a day, and can be sent again.")
        if failed:
            text = ngettext("{n} delivery was given up.", "{n} deliveries were given up.", failed).format(n=failed)
        url = "/webhook-log/?status=failed" if failed else "/webhook-log/"
        actions = [
            Action(_("Deliveries"), url, "webhook"),
            Action(_("Events of processors"), "/gateway-events/", "file-question-mark"),
        ]
        if self.caller.has_right("webhook.manage"):
            actions.append(Action(_("Add endpoint"), "/webhook-log/endpoints/new/", "plus"))
        words = ngettext("address listens", "addresses listen", active)
        return Card("webhooks", _("Webhooks"), text, str(active), words, tuple(actions), "warn" if failed else "")


class RequestLogView(StaffPageView):
    """`/developers/requests/`."""

    right = "request.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered requests, newest first."""
        here = Here.of(request)
        rows = queries.find_lines(queries.read_filters(here.joined(REQUEST_FILTERS)))
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        bar = here.bar(
            here.choice("method", _("Method"), [(method, method) for method in queries.METHODS]),
            here.choice("answer", _("Answer"), [("2", _("done")), ("4", _("refused")), ("5", _("failed"))]),
            here.choice("caller", _("Caller"), [(kind, CALLER_WORDS[kind]) for kind in queries.CALLERS]),
            here.choice("key", _("API key"), [(str(key.id), key.name) for key in queries.list_keys()]),
            here.text("code", _("Code")),
            search_hint=_("part of an address, or a correlation id"),
        )
        empty = EmptyState(
            "webhook", _("No requests yet"), _("What programs and tills ask of the API stands here a second later.")
        )
        frame = ListFrame(title=_("Requests"), bar=bar, pager=here.pager(found), empty=empty)
        days = settings.REQUEST_LOG_DAYS
        never = _("Bodies and query strings are never kept.")
        note = ngettext("Kept for {n} day.", "Kept for {n} days.", days).format(n=days)
        page = RequestLogPage(
            list=frame,
            rows=tuple(request_row(line) for line in found.rows),
            tabs=tabs_of(self.caller, "requests"),
            note=f"{note} {never}" if settings.REQUEST_LOG else _("The log is switched off."),
        )
        return self.page("merchant/accounts/requests.html", page, current="webhooks")


class EventListView(StaffPageView):
    """`/developers/events/`."""

    right = "request.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of events, newest first."""
        here = Here.of(request)
        before = whole_number(here.one("after"))
        events = queries.list_events(topic=here.one("topic"), before=before, size=PAGE_SIZE + 1)
        more, events = len(events) > PAGE_SIZE, events[:PAGE_SIZE]
        older = here.url(after=str(events[-1].seq)) if more else ""
        empty = EmptyState(
            "zap", _("Nothing has happened yet"), _("Each captured payment, placed order or closed day is an event.")
        )
        pager = Pager(next_url=older, shown=len(events))
        frame = ListFrame(title=_("Events"), bar=here.bar(here.text("topic", _("Event"))), pager=pager, empty=empty)
        rows = tuple(event_row(event) for event in events)
        page = EventsPage(frame, rows, tabs_of(self.caller, "events"))
        return self.page("merchant/accounts/events.html", page, current="webhooks")


def _reference() -> Card:
    text = _("Every address with its fields, refusals and an example; the OpenAPI document to generate a client from.")
    actions = (
        Action(_("What the API can do"), "/api/v1/docs/", "file-text"),
        Action(_("OpenAPI document"), "/api/v1/schema/", "download"),
    )
    return Card("reference", _("REST API"), text, "", "", actions)
