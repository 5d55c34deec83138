"""The webhook log for staff: endpoints, deliveries, attempts, and sending again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.pages.forms import FormField, FormPage, answered, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame, Notice
from merchant.core.pages.status import DELIVERY as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.messages import queries, services
from merchant.messages.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchant.messages.pages import AttemptRow, DeliveryPage, DeliveryRow, EndpointPage, EndpointRow, WebhooksPage

LOG = "/webhook-log/"


class WebhookLogView(StaffPageView):
    """`/webhook-log/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show all endpoints and the latest deliveries."""
        here = Here.of(request)
        frame, rows = delivery_list(here, None)
        actions = [Action(_("Developers"), "/developers/", "chevron-left", tone="quiet")]
        if self.caller.has_right("webhook.manage"):
            actions.append(Action(_("Add endpoint"), f"{LOG}endpoints/new/", "plus", tone="primary"))
        frame = ListFrame(bar=frame.bar, pager=frame.pager, empty=frame.empty, actions=tuple(actions))
        return self.page(
            "merchant/messages/webhooks.html", WebhooksPage(_endpoint_rows(), frame, rows), current="webhooks"
        )


class NewEndpointView(StaffPageView):
    """`/webhook-log/endpoints/new/`."""

    right = "webhook.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Register an address and show its signing secret, this once. Two presses make two endpoints, of which one can be switched off."""
        topics = request.POST.get("topics", "*").replace(",", " ").split()
        try:
            made = services.create_endpoint(
                url=request.POST.get("url", "").strip(), topics=topics or ["*"], now=machine_now()
            )
        except AppError as error:
            return self._form(error)
        return show_endpoint(self, made.endpoint, secret=made.secret)

    def _form(self, error: AppError | None = None) -> HttpResponse:
        topics = _("* for all, or names such as payment.captured order.paid payment.*")
        fields: tuple[FormField, ...] = (
            FormField("url", _("Address"), "url", is_required=True, length_max=400, hint=_("It begins with https://.")),
            FormField("topics", _("Events"), text="*", is_required=True, length_max=1000, hint=topics),
        )
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("Add endpoint"),
            back=Link(_("Webhook log"), LOG),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Add"),
            notice=_("The signing secret is shown once on the next page."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="webhooks", status=error.status if error else 200)


class EndpointView(StaffPageView):
    """`/webhook-log/endpoints/<id>/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        """Show the endpoint and what was sent to it."""
        return show_endpoint(self, queries.get_endpoint(endpoint_id))


class RollSecretView(StaffPageView):
    """`/webhook-log/endpoints/<id>/secret/`."""

    right = "webhook.manage"

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        """Give the endpoint a new secret and show it, this once. Both sign for a day."""
        made = services.roll_secret(endpoint_id=queries.get_endpoint(endpoint_id).id, now=machine_now())
        return show_endpoint(self, made.endpoint, secret=made.secret)


class SwitchEndpointView(StaffPageView):
    """`/webhook-log/endpoints/<id>/switch/`."""

    right = "webhook.manage"

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        """Switch the endpoint off, or on again, once."""
        endpoint = queries.get_endpoint(endpoint_id)
        return self.act_once(request, lambda: self._switch(endpoint))

    def _switch(self, endpoint: WebhookEndpoint) -> str:
        services.change_endpoint(endpoint_id=endpoint.id, is_active=not endpoint.is_active, now=machine_now())
        return f"{LOG}endpoints/{endpoint.id}/"


class DeliveryView(StaffPageView):
    """`/webhook-log/<id>/`."""

    right = "webhook.read"

    def get(self, request: HttpRequest, delivery_id: UUID) -> HttpResponse:
        """Show what is sent, every try, and when the next one is."""
        delivery = queries.get_delivery(delivery_id)
        attempts = list(delivery.attempt_rows.order_by("id"))
        return self.page(
            "merchant/messages/delivery.html", _delivery_page(delivery, attempts, self), current="webhooks"
        )


class ResendView(StaffPageView):
    """`/webhook-log/<id>/resend/`."""

    right = "webhook.manage"

    def post(self, request: HttpRequest, delivery_id: UUID) -> HttpResponse:
        """Send it again at once, once a press."""
        delivery = queries.get_delivery(delivery_id)
        return self.act_once(request, lambda: self._resend(delivery))

    def _resend(self, delivery: WebhookDelivery) -> str:
        services.resend_delivery(delivery_id=delivery.id, now=machine_now())
        messages.info(self.request, _("It is being sent again. The event keeps its id, so the receiver can tell."))
        return f"{LOG}{delivery.id}/"


def show_endpoint(view: StaffPageView, endpoint: WebhookEndpoint, *, secret: str = "") -> HttpResponse:
    """Return the page of an endpoint; `secret` only where it was just made."""
    frame, rows = delivery_list(Here.of(view.request), endpoint.id)
    facts = [Fact(_("Events"), ", ".join(endpoint.topics)), Fact(_("Since"), endpoint.created_at)]
    if endpoint.previous_until and endpoint.previous_until > machine_now():
        facts.append(Fact(_("The earlier secret signs until"), endpoint.previous_until))
    actions: tuple[Action, ...] = ()
    if view.caller.has_right("webhook.manage"):
        word = _("Switch off") if endpoint.is_active else _("Switch on")
        actions = (
            Action(_("New secret"), f"{LOG}endpoints/{endpoint.id}/secret/", "key-round", "post", key=str(uuid4())),
            Action(
                word,
                f"{LOG}endpoints/{endpoint.id}/switch/",
                "ban" if endpoint.is_active else "zap",
                "post",
                key=str(uuid4()),
            ),
        )
    page = EndpointPage(
        address=endpoint.url, status="active" if endpoint.is_active else "disabled", facts=tuple(facts), list=frame, rows=rows, actions=actions,
        secret_once=secret,
    )  # fmt: skip
    return view.page("merchant/messages/endpoint.html", page, current="webhooks")


def delivery_list(here: Here, endpoint_id: UUID | None) -> tuple[ListFrame, tuple[DeliveryRow, ...]]:
    """Return one page of deliveries, with three statements."""
    rows = queries.list_deliveries(endpoint_id=endpoint_id, topic=here.one("topic"))
    if statuses := here.params.get("status"):
        rows = rows.filter(status__in=statuses)
    found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
    last = _last_attempts(delivery.id for delivery in found.rows)
    bar = here.bar(
        here.choice("status", _("State"), [(state, LOOKS[state].word) for state in ("pending", "delivered", "failed")]),
        here.text("topic", _("Event")),
    )
    empty = EmptyState(
        "webhook",
        _("Nothing was sent yet"),
        _("Deliveries appear here as soon as something happens that an endpoint wants to hear of."),
    )
    frame = ListFrame(bar=bar, pager=here.pager(found), empty=empty)
    return frame, tuple(_delivery_row(delivery, last.get(delivery.id)) for delivery in found.rows)


def _endpoint_rows() -> tuple[EndpointRow, ...]:
    counted = queries.list_endpoints().annotate(
        delivered=Count("deliveries", filter=Q(deliveries__status="delivered")), failed=Count("deliveries", filter=Q(deliveries__status="failed")),
        last_at=Max("deliveries__created_at"),
    )  # fmt: skip
    return tuple(
        EndpointRow(
            str(row.id), f"{LOG}endpoints/{row.id}/", row.url, ", ".join(row.topics), "active" if row.is_active else "disabled", row.delivered, row.failed,
            row.last_at,
        )
        for row in counted.order_by("-is_active", "url")
    )  # fmt: skip


def _last_attempts(delivery_ids: Iterable[UUID]) -> dict[UUID, WebhookAttempt]:
    attempts = (
        WebhookAttempt.objects.filter(delivery_id__in=list(delivery_ids))
        .order_by("delivery_id", "-id")
        .distinct("delivery_id")
    )
    return {attempt.delivery_id: attempt for attempt in attempts}


def _delivery_row(delivery: WebhookDelivery, last: WebhookAttempt | None) -> DeliveryRow:
    return DeliveryRow(
        id=str(delivery.id),
        url=f"{LOG}{delivery.id}/",
        event=delivery.topic,
        subject=_subject(delivery),
        created_at=delivery.created_at,
        status=_status(delivery),
        attempts=delivery.attempts,
        answer=_answer(last) if last else "",
        next_at=_next_at(delivery),
        endpoint=delivery.endpoint.url,
    )


def _status(delivery: WebhookDelivery) -> str:
    return "retrying" if delivery.status == "pending" and delivery.attempts else delivery.status


def _next_at(delivery: WebhookDelivery) -> datetime | None:
    return delivery.next_at if delivery.status == "pending" else None


def _subject(delivery: WebhookDelivery) -> str:
    try:
        data: Any = json.loads(delivery.body).get("data", {})
    except ValueError:
        return ""
    named = data.get("number") or data.get("reference")
    # An id is told apart by its end; its beginning is the time.
    return str(named)[:40] if named else f"…{str(data.get('order_id', ''))[-12:]}" if data.get("order_id") else ""


def _answer(attempt: WebhookAttempt) -> str:
    if attempt.http_status is None:
        return attempt.error or _("no connection")
    return _("{status} in {time} ms").format(status=attempt.http_status, time=attempt.duration_ms)


def _delivery_page(delivery: WebhookDelivery, attempts: list[WebhookAttempt], view: StaffPageView) -> DeliveryPage:
    tries = tuple(
        AttemptRow(
            number=number,
            at=attempt.at,
            answer=str(attempt.http_status or attempt.error or _("no connection")),
            duration_text=f"{attempt.duration_ms} ms",
            is_success=attempt.http_status is not None and 200 <= attempt.http_status < 300,
            body=attempt.response_text,
        )
        for number, attempt in enumerate(attempts, start=1)
    )
    resend = Action(_("Send again"), f"{LOG}{delivery.id}/resend/", "send", "post", "primary", key=str(uuid4()))
    given_up = Notice(
        "bad",
        ngettext("Given up after {number} try.", "Given up after {number} tries.", delivery.attempts).format(
            number=delivery.attempts
        ),
        _("Send it again when the receiver works."),
        "octagon-x",
    )
    return DeliveryPage(
        event=delivery.topic,
        status=_status(delivery),
        facts=(
            Fact(_("Endpoint"), delivery.endpoint.url, f"{LOG}endpoints/{delivery.endpoint_id}/"),
            Fact(_("Happened"), delivery.created_at),
            Fact("webhook-id", str(delivery.event_id), is_identifier=True),
        ),
        attempts=tries[::-1],
        request_headers=f"content-type: application/json\nwebhook-id: {delivery.event_id}\nwebhook-timestamp: …\nwebhook-signature: v1,…",
        request_body=_pretty(delivery.body),
        next_at=_next_at(delivery),
        resend=resend if view.caller.has_right("webhook.manage") else None,
        notice=given_up if delivery.status == "failed" else None,
    )


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
