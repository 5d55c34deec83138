"""Events of processors that nothing could be made of: see why, try again, put aside."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.pages.forms import error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, ListFrame, Notice
from merchant.core.pages.status import GATEWAY_EVENT as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.gateways.models import GatewayAccount
from payments.webhooks import queries, services
from payments.webhooks.models import InboundWebhook
from payments.webhooks.pages import EVENTS, EventListPage, EventPage, event_row

REASON_LENGTH_MAX = 200


class EventListView(StaffPageView):
    """`/gateway-events/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of events that wait for somebody, newest first."""
        here = Here.of(request)
        filters = queries.read_filters(here.joined(queries.EVENT_FILTERS))
        found = paged(queries.find_events(filters), after=here.one("after") or None, before=here.one("before") or None)
        accounts = GatewayAccount.objects.order_by("name").values_list("id", "name")
        bar = here.bar(
            here.days("date", _("Came")),
            here.choice("state", _("State"), [(state, LOOKS[state].word) for state in queries.STATES]),
            here.choice("gateway_account", _("Gateway account"), [(str(key), name) for key, name in accounts]),
            here.text("topic", _("Event")),
        )
        empty = EmptyState(
            "circle-check",
            _("No event waits"),
            _(
                "What a processor tells and nothing can be made of stands here: a payment that is not in the books, a message that was not understood."
            ),
        )
        frame = ListFrame(
            title=_("Events of processors"),
            bar=bar,
            pager=here.pager(found),
            empty=empty,
            export_url=self._export_url(here),
            actions=(Action(_("Developers"), "/developers/", "chevron-left", tone="quiet"),),
        )
        rows = tuple(event_row(row, is_masked=self.caller.is_masked) for row in found.rows)
        return self.page("payments/webhooks/list.html", EventListPage(frame, rows), current="webhooks")

    def _export_url(self, here: Here) -> str:
        if not self.caller.has_right("export.create"):
            return ""
        return f"/exports/new/?{urlencode({'subject': 'gateway_events', **here.joined(queries.EVENT_FILTERS)})}"


class OneEventView(StaffPageView):
    """What the pages about one event share."""

    def show(self, event: InboundWebhook, error: AppError | None = None) -> HttpResponse:
        """Return the event's page."""
        row = event_row(event, is_masked=self.caller.is_masked)
        may = self.caller.has_right("webhook.manage") and row.status != "used"
        told = queries.payload_of(event, is_masked=self.caller.is_masked)
        page = EventPage(
            row=row,
            facts=_facts(event),
            payload=json.dumps(told, indent=2, ensure_ascii=False),
            notice=_notice(event, row.reason),
            try_again=Action(_("Try again"), f"{row.url}retry/", "refresh-cw", "post", "primary", key=str(uuid4()))
            if may
            else None,
            put_aside_url=f"{row.url}aside/" if may and row.status != "put_aside" else "",
            idempotency_key=str(uuid4()),
            entered_reason=self.request.POST.get("reason", ""),
            errors=error_lines(error),
        )
        return self.page(
            "payments/webhooks/detail.html", page, current="webhooks", status=error.status if error else 200
        )


class EventView(OneEventView):
    """`/gateway-events/<id>/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest, event_id: UUID) -> HttpResponse:
        """Show what was told and why nothing could be made of it."""
        return self.show(queries.get_event(event_id))


class RetryView(OneEventView):
    """`/gateway-events/<id>/retry/`."""

    right = "webhook.manage"

    def post(self, request: HttpRequest, event_id: UUID) -> HttpResponse:
        """Try once, at once; a second press of the same button tries nothing."""
        event = queries.get_event(event_id)
        try:
            return self.act_once(request, lambda: self._try(event))
        except NotFound:
            raise
        except AppError as error:
            return self.show(queries.get_event(event_id), error)

    def _try(self, event: InboundWebhook) -> str:
        if services.try_again(event_id=event.id, now=machine_now()):
            messages.success(self.request, _("It was used: what the processor said is in the books."))
        else:
            messages.warning(self.request, _("Nothing could be made of it this time either. Nothing was changed."))
        return f"{EVENTS}{event.id}/"


class PutAsideView(OneEventView):
    """`/gateway-events/<id>/aside/`."""

    right = "webhook.manage"

    def post(self, request: HttpRequest, event_id: UUID) -> HttpResponse:
        """Put it aside, once, with the reason."""
        event = queries.get_event(event_id)
        try:
            return self.act_once(request, lambda: self._put_aside(event))
        except NotFound:
            raise
        except AppError as error:
            return self.show(queries.get_event(event_id), error)

    def _put_aside(self, event: InboundWebhook) -> str:
        reason = self.request.POST.get("reason", "").strip()
        if not reason or len(reason) > REASON_LENGTH_MAX:
            raise Invalid(reason=_("say why, in at most {most} characters").format(most=REASON_LENGTH_MAX))
        services.put_aside(event_id=event.id, reason=reason, now=machine_now())
        messages.success(self.request, _("It was put aside. It is not tried by itself any more."))
        return EVENTS


def _facts(event: InboundWebhook) -> tuple[Fact, ...]:
    facts = [
        Fact(_("Gateway account"), event.gateway_account.name),
        Fact(_("Came"), event.received_at),
        Fact(_("Tries"), str(event.attempts)),
        Fact(_("Reference"), str(event.body.get("reference") or "—"), is_identifier=True),
        Fact(_("Number of the event"), event.external_id, is_identifier=True),
    ]
    if event.put_aside_at is not None:
        facts += [Fact(_("Put aside"), event.put_aside_at), Fact(_("Why"), event.put_aside_reason)]
    if event.processed_at is not None:
        facts.append(Fact(_("In the books now"), event.processed_at))
    return tuple(facts)


def _notice(event: InboundWebhook, reason: str) -> Notice:
    state = queries.state_of(event)
    if state == "used":
        return Notice("good", _("It was used."), _("What the processor said is in the books."), "circle-check")
    text = {
        "trying": _("It is tried again by itself for three days. No money was moved by it."),
        "given_up": _("It is not tried by itself any more. No money was moved by it. Try it again, or put it aside."),
        "put_aside": _("A person put it aside. No money was moved by it. It can still be tried."),
    }[state]
    tone = {"trying": "warn", "given_up": "bad", "put_aside": ""}[state]
    return Notice(tone, f"{reason}.", text, LOOKS[state].icon)
