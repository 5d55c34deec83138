"""What happened to an order, as its page tells it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.audit.models import AuditEntry
from merchant.core.money import Money
from merchant.core.pages.parts import TimelineEntry
from payments.records import words
from reports.search.queries import OrderStory

# Actions of the audit log -> title, tone, icon. Others are shown under their own name.
ACTS = {
    "order.placed": (gettext_lazy("Placed"), "idle", "receipt-text"),
    "order.cancelled": (gettext_lazy("Cancelled"), "idle", "ban"),
    "order.cancel_asked": (gettext_lazy("Being cancelled, money on its way back"), "back", "undo-2"),
    "order.ready": (gettext_lazy("Ready to collect"), "info", "package-check"),
    "order.sourced": (gettext_lazy("Sent from another store"), "idle", "truck"),
    "order.discounted": (gettext_lazy("Discount given"), "info", "tag"),
    "order.discount_taken_back": (gettext_lazy("Discount taken back"), "idle", "undo-2"),
    "order.split": (gettext_lazy("Bill split"), "idle", "split"),
    "invoice.issued": (gettext_lazy("Invoice issued"), "idle", "file-text"),
    "credit_note.issued": (gettext_lazy("Credit note issued"), "back", "undo-2"),
    "order.parked": (gettext_lazy("Parked"), "idle", "hourglass"),
    "cart.offered": (gettext_lazy("Code shown to go on elsewhere"), "idle", "smartphone"),
    "order.customer_named": (gettext_lazy("Customer noted"), "idle", "user-check"),
    "cart.taken": (gettext_lazy("Went on elsewhere"), "info", "shuffle"),
    "order.reserved": (gettext_lazy("Kept, to be paid in the store"), "info", "store"),
    "order.sent": (gettext_lazy("On its way"), "info", "truck"),
    "order.feedback_given": (gettext_lazy("The customer said how it was"), "idle", "badge-check"),
    "order.handed_over": (gettext_lazy("Handed over"), "good", "package-check"),
    "order.delivery_changed": (gettext_lazy("Delivery changed"), "idle", "truck"),
    "approval.asked": (gettext_lazy("Approval asked for"), "warn", "hourglass"),
    "approval.granted": (gettext_lazy("Approved"), "good", "check-check"),
    "approval.refused": (gettext_lazy("Not approved"), "bad", "ban"),
    "sale.completed": (gettext_lazy("Sold at the till"), "good", "store"),
    "sale.landed_offline": (gettext_lazy("Sold offline, arrived later"), "good", "store"),
    "order.to_pick": (gettext_lazy("To be picked"), "info", "package-check"),
    "order.collected": (gettext_lazy("Collected by the customer"), "good", "package-check"),
    "order.pieces_taken_off": (gettext_lazy("Pieces taken off"), "idle", "undo-2"),
    "order.discount_outgrown": (gettext_lazy("The discount is more than its giver may give"), "warn", "tag"),
    "approval.expired": (gettext_lazy("Approval not used in time"), "idle", "hourglass"),
    "approval.used": (gettext_lazy("Approval used"), "idle", "check-check"),
    "pickup.locked": (gettext_lazy("Pick-up code wrong too often"), "warn", "lock"),
}


def order_timeline(story: OrderStory, audit: list[AuditEntry]) -> tuple[TimelineEntry, ...]:
    """Return what happened to an order, newest first."""
    order = story.order
    entries = [
        TimelineEntry(order.placed_at or order.created_at, _("Placed"), order.channel.name, "idle", "receipt-text")
    ]
    entries += [
        _act(entry, order.currency) for entry in audit if entry.action not in ("order.placed", "order.goods_returned")
    ]
    acted = {entry.action for entry in audit}
    if "order.handed_over" not in acted:
        for row in story.fulfilments:
            amount = Money(row["total_minor"], order.currency)
            entries.append(
                TimelineEntry(_moment(row["fulfilled_at"]), _("Handed over"), "", "good", "package-check", amount)
            )
    for payment in story.payments:
        title = words.method_words(payment.method, payment.card_brand)
        amount = Money(payment.amount_minor, payment.currency)
        tone = {"captured": "good", "authorised": "info", "declined": "bad", "failed": "bad", "unknown": "warn"}.get(
            payment.status, "idle"
        )
        entries.append(
            TimelineEntry(payment.created_at, title, "", tone, "credit-card", amount, url=f"/payments/{payment.id}/")
        )
    for row in story.returns:
        amount = Money(row["total_minor"], order.currency)
        entries.append(
            TimelineEntry(
                _moment(row["returned_at"]),
                _("Goods came back"),
                row["reason"].replace("_", " "),
                "back",
                "undo-2",
                amount,
            )
        )
    # Newest first, and what happened in one moment in the reverse of its own order too.
    return tuple(sorted(entries, key=lambda entry: entry.at)[::-1])


def _act(entry: AuditEntry, currency: str) -> TimelineEntry:
    title, tone, icon = ACTS.get(
        entry.action, (entry.action.replace(".", " ").replace("_", " ").capitalize(), "idle", "circle")
    )
    reason = str(entry.data.get("reason", "")) if entry.action == "order.discounted" else ""
    off = entry.data.get("off_minor")
    return TimelineEntry(
        entry.at,
        str(title),
        f"{entry.actor_name}: {reason}" if reason else entry.actor_name,
        tone,
        icon,
        None if off is None else Money(-off, currency),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
