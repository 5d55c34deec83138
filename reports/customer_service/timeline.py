"""Everything that happened with one person, from every slice, in one line of time: what they bought and paid, what went back, what they were written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.audit.models import AuditEntry
from merchant.core.callers import Caller
from merchant.core.money import Money
from merchant.core.pages.parts import TimelineEntry
from merchant.core.pages.status import appearance
from payments.records import words
from reports.customer_service.queries import CustomerStory
from reports.search.order_timeline import ACTS
from reports.search.payment_pages import shown_status

# The newest; older ones stand on the pages of their orders.
_SHOWN_MAX = 80
_ACTS = {
    **ACTS,
    "customer.registered": (gettext_lazy("Noted at the till"), "good", "user-check"),
    "customer.changed": (gettext_lazy("Name or address changed"), "idle", "pencil"),
    "customer.merged": (gettext_lazy("Joined with another record"), "info", "users"),
    "customer.merged_away": (gettext_lazy("Joined with another record"), "info", "users"),
    "customer.revealed": (gettext_lazy("Shown in full"), "warn", "info"),
    "customer.consent_given": (gettext_lazy("Consent given"), "good", "check"),
    "customer.consent_withdrawn": (gettext_lazy("Consent withdrawn"), "idle", "ban"),
    "customer.holdings_exported": (gettext_lazy("Their data handed out"), "info", "download"),
    "customer.erased": (gettext_lazy("Erased"), "bad", "ban"),
}
# Told by the return itself, with what came back.
_TOLD_ELSEWHERE = ("order.goods_returned",)


def build_timeline(story: CustomerStory, caller: Caller, *, is_masked: bool) -> tuple[TimelineEntry, ...]:
    """Return what happened, the newest first. What the reader may not open is named and leads nowhere."""
    told = [
        *_acts(story, caller),
        *_money(story, caller),
        *_goods(story, caller),
        *_disputes(story, caller),
        *_messages(story, is_masked=is_masked),
    ]
    # What happened in one moment stands in the reverse of its own order too.
    return tuple(sorted(told, key=lambda entry: entry.at)[::-1][:_SHOWN_MAX])


def openable(caller: Caller, right: str, store_id: UUID | None, url: str) -> str:
    """Return where a line leads, "" for who would find nothing there."""
    return url if caller.has_right(right) and caller.may_use_store(store_id) else ""


def _acts(story: CustomerStory, caller: Caller) -> Iterator[TimelineEntry]:
    orders = {f"order:{order.id}": order for order in story.orders}
    audited = {row.subject for row in story.audit if row.action == "order.placed"}
    for subject, order in orders.items():
        if subject not in audited and order.placed_at is not None:
            url = openable(caller, "order.read", order.store_id, f"/orders/{order.id}/")
            text = f"{order.number}, {order.channel.name}"
            yield TimelineEntry(order.placed_at, _("Placed"), text, "idle", "receipt-text", url=url)
    for row in reversed(story.audit):
        if row.action in _TOLD_ELSEWHERE:
            continue
        about = orders.get(row.subject)
        url = openable(caller, "order.read", about.store_id, f"/orders/{about.id}/") if about else ""
        yield _act(row, about.number if about else "", url)


def _act(row: AuditEntry, number: str, url: str) -> TimelineEntry:
    title, tone, icon = _ACTS.get(row.action, (row.action, "idle", "circle"))
    reason = str(row.data.get("reason", "")) if row.action == "customer.revealed" else ""
    text = ", ".join(part for part in (number, row.actor_name, reason) if part)
    return TimelineEntry(row.at, str(title), text, tone, icon, url=url)


def _money(story: CustomerStory, caller: Caller) -> Iterator[TimelineEntry]:
    stores = {payment.id: payment.store_id for payment in story.payments}
    for payment in reversed(story.payments):
        look = appearance("payment", shown_status(payment))
        yield TimelineEntry(
            payment.created_at,
            _("{method}: {state}").format(
                method=words.method_words(payment.method, payment.card_brand), state=look.word
            ),
            payment.order.number,
            look.tone,
            "credit-card",
            Money(payment.amount_minor, payment.currency),
            url=openable(caller, "payment.read", payment.store_id, f"/payments/{payment.id}/"),
        )
    for refund in reversed(story.refunds):
        look = appearance("operation", refund.status)
        yield TimelineEntry(
            refund.finished_at or refund.requested_at,
            # A charge that fails took nothing; a refund that fails gave nothing.
            _("Refund: {state}").format(state=_("Failed") if refund.status == "failed" else look.word),
            refund.reference,
            "back" if refund.status == "succeeded" else look.tone,
            "undo-2",
            Money(refund.amount_minor, refund.currency),
            url=openable(caller, "payment.read", stores.get(refund.payment_id), f"/payments/{refund.payment_id}/"),
        )


def _goods(story: CustomerStory, caller: Caller) -> Iterator[TimelineEntry]:
    """Hand-overs and returns. What the audit log tells of a hand-over is not told twice."""
    orders = {order.id: order for order in story.orders}
    audited = {row.subject for row in story.audit if row.action == "order.handed_over"}
    for done in story.hand_overs:
        if f"order:{done.order_id}" not in audited:
            yield _of_order(
                story,
                caller,
                done.order_id,
                done.fulfilled_at,
                _("Handed over"),
                "good",
                "package-check",
                done.total_minor,
            )
    for back in story.returns:
        reason = back.reason.replace("_", " ")
        number = orders[back.order_id].number
        yield _of_order(
            story, caller, back.order_id, back.returned_at, _("Goods came back"), "back", "undo-2", back.total_minor,
            text=f"{number}, {reason}" if reason else number,
        )  # fmt: skip


def _of_order(
    story: CustomerStory,
    caller: Caller,
    order_id: UUID,
    at: datetime,
    title: str,
    tone: str,
    icon: str,
    minor: int,
    *,
    text: str = "",
) -> TimelineEntry:
    order = next(order for order in story.orders if order.id == order_id)
    url = openable(caller, "order.read", order.store_id, f"/orders/{order_id}/")
    return TimelineEntry(at, title, text or order.number, tone, icon, Money(minor, order.currency), url=url)


def _disputes(story: CustomerStory, caller: Caller) -> Iterator[TimelineEntry]:
    for dispute in reversed(story.disputes):
        store_id = dispute.payment.store_id if dispute.payment else None
        url = openable(caller, "dispute.read", store_id, f"/disputes/{dispute.id}/")
        amount = Money(dispute.amount_minor, dispute.currency)
        number = dispute.payment.order.number if dispute.payment else dispute.external_id
        yield TimelineEntry(dispute.opened_at, _("Dispute opened"), number, "warn", "flag", amount, url=url)
        if dispute.closed_at is not None:
            look = appearance("dispute", dispute.status)
            title = _("Dispute: {state}").format(state=look.word)
            yield TimelineEntry(dispute.closed_at, title, number, look.tone, "flag", amount, url=url)


def _messages(story: CustomerStory, *, is_masked: bool) -> Iterator[TimelineEntry]:
    """Mails by what they are about; who sees the person masked reads neither subject nor words."""
    for mail in reversed(story.messages):
        title = mail.kind.replace("_", " ").capitalize() if is_masked or not mail.subject else mail.subject
        look = appearance("delivery", mail.status)
        text = _("Message: {state}").format(state=look.word)
        yield TimelineEntry(mail.created_at, title, text, look.tone, "send")
