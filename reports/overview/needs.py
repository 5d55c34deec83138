"""What needs somebody, in words and ranked: money nobody knows of first, then what stops selling, then money, then machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.core.money import Money
from merchant.core.pages import status
from merchant.core.pages.display import duration_text, moment_text
from merchant.core.pages.parts import Link
from reports.overview.pages import NeedRow

_RANK = (
    "unknown",
    "capture_taken_back",
    "refund_taken_back",
    "overpaid",
    "override_broken",
    "approval",
    "dispute",
    "offline",
    "expiring",
    "needs_care",
    "drawer_over_limit",
    "late_payout",
    "blocked_import",
    "exceptions",
    "cancelling",
    "low_stock",
    "dead_job",
    "failed_webhooks",
)
_SHOWN_MAX = 12
_JOB_PAGES = {"settlement": "/imports/", "reconciliation": "/reconciliation/", "reports": "/exports/"}


# What happened to the money of a payment after it looked settled: tone, icon, words, page.
_PAYMENTS = {
    "capture_taken_back": ("bad", "triangle-alert", gettext_lazy("taken back by the processor"), "/payments/{}/"),
    "refund_taken_back": ("bad", "triangle-alert", gettext_lazy("refund did not arrive"), "/payments/{}/"),
    "overpaid": ("warn", "copy", gettext_lazy("paid twice"), "/orders/{}/"),
    "override_broken": ("bad", "octagon-x", gettext_lazy("said by hand, and wrong"), "/payments/{}/"),
    "expiring": ("warn", "hourglass", gettext_lazy("authorised, ends within a day"), "/payments/{}/"),
}


def need_rows(rows: list[dict[str, Any]], *, now: datetime, locale: str, zone: str) -> tuple[NeedRow, ...]:
    """Return what needs somebody, most urgent first."""
    ranked = sorted((row for row in rows if row["kind"] in _RANK), key=lambda row: _RANK.index(row["kind"]))
    return tuple(_need(row, now=now, locale=locale, zone=zone) for row in ranked[:_SHOWN_MAX])


def _need(row: dict[str, Any], *, now: datetime, locale: str, zone: str) -> NeedRow:
    kind, key = row["kind"], f"{row['kind']}-{row['id']}"
    money = Money(row["minor"], row["currency"]) if row["minor"] is not None and row["currency"] else None
    at = moment_text(row["at"], shape="short", zone=zone, locale=locale) if row["at"] else ""
    if kind == "unknown":
        text = ngettext(
            "Order {subject}. The gateway was asked {n} time.",
            "Order {subject}. The gateway was asked {n} times.",
            row["number"],
        )
        text = text.format(subject=row["subject"], n=row["number"])
        return NeedRow(
            key,
            "bad",
            "circle-question-mark",
            money or "",
            _("outcome unknown, {place}").format(place=row["text"]),
            text,
            Link(_("Watch"), f"/payments/{row['id']}/"),
        )
    if kind in _PAYMENTS:
        tone, icon, words, url = _PAYMENTS[kind]
        text = _("Order {subject}. {text}").format(subject=row["subject"], text=row["text"]).strip()
        return NeedRow(key, tone, icon, money or "", str(words), text, Link(_("Look"), url.format(row["id"])))
    if kind == "offline":
        title = _("offline for {age}").format(age=duration_text(now - row["at"])) if row["at"] else _("never connected")
        return NeedRow(
            key,
            "bad",
            "wifi-off",
            row["subject"],
            title,
            f"{row['text']}. {_('Last seen {moment}.').format(moment=at)}" if at else row["text"],
            Link(_("Open"), f"/terminals/{row['id']}/"),
        )
    if kind == "needs_care":
        return NeedRow(
            key,
            "warn",
            "triangle-alert",
            row["subject"],
            _("needs care"),
            row["text"],
            Link(_("Open"), f"/terminals/{row['id']}/"),
        )
    if kind == "drawer_over_limit":
        return NeedRow(
            key + row["subject"],
            "warn",
            "banknote",
            money or row["subject"],
            _("in the drawer of {till}").format(till=row["subject"]),
            _("{place}. Bring cash to the safe.").format(place=row["text"]),
            Link(_("Open"), f"/day-close/shifts/{row['id']}/" if row["id"] else "/day-close/"),
        )
    return _back_office(row, key, money, at)


def _back_office(row: dict[str, Any], key: str, money: Money | None, at: str) -> NeedRow:
    kind = row["kind"]
    if kind == "approval":
        title = _("{name} waits for approval").format(name=row["subject"])
        return NeedRow(key, "warn", "hourglass", money or "", title, row["text"], Link(_("Decide"), "/approvals/"))
    if kind == "dispute":
        return _dispute(row, key, money, at)
    if kind == "late_payout":
        text = _("{gateway}, expected {day}.").format(gateway=row["text"], day=at.split(",")[0])
        return NeedRow(
            key,
            "warn",
            "landmark",
            money or row["subject"],
            _("payout not in the bank"),
            text,
            Link(_("Trace"), f"/payouts/{row['id']}/"),
        )
    if kind == "blocked_import":
        return NeedRow(
            key,
            "bad",
            "equal-not",
            row["subject"],
            _("is not booked"),
            f"{row['text']}, {at}",
            Link(_("Look"), f"/imports/{row['id']}/"),
        )
    if kind == "exceptions":
        word = str(status.appearance("recon", row["subject"]).word)
        title = ngettext("in {n} exception", "in {n} exceptions", row["number"]).format(n=row["number"])
        return NeedRow(
            key + row["currency"], "warn", "equal-not", money or "", title, word, Link(_("Resolve"), "/reconciliation/")
        )
    if kind == "failed_webhooks":
        title = ngettext("{n} webhook given up", "{n} webhooks given up", row["number"]).format(n=row["number"])
        return NeedRow(
            key,
            "info",
            "webhook",
            title,
            "",
            row["subject"],
            Link(_("Open"), f"/webhook-log/endpoints/{row['id']}/?status=failed"),
        )
    if kind == "cancelling":
        text = _("Order {subject} is cancelled and its goods are for sale again.").format(subject=row["subject"])
        return NeedRow(
            key,
            "bad",
            "undo-2",
            money or "",
            _("did not get back to the customer"),
            text,
            Link(_("Open"), f"/orders/{row['id']}/"),
        )
    if kind == "low_stock":
        text = ngettext("{n} free piece left in {store}", "{n} free pieces left in {store}", row["number"])
        text = text.format(n=row["number"], store=row["text"])
        link = Link(_("Order"), f"/stock/?q={row['subject']}")
        return NeedRow(key, "warn", "package", row["subject"], _("is running low"), text, link)
    page = _JOB_PAGES.get(row["subject"].split(".")[0], "/")
    return NeedRow(
        key,
        "bad",
        "triangle-alert",
        row["subject"],
        _("stopped"),
        row["text"].splitlines()[0] if row["text"] else at,
        Link(_("Open"), page),
    )


def _dispute(row: dict[str, Any], key: str, money: Money | None, at: str) -> NeedRow:
    state = row["text"].split()[0]
    title = {"expired": _("disputed, the time for an answer is over"), "opened": _("disputed")}.get(
        state, _("disputed, answer by {moment}").format(moment=at)
    )
    text = _("Order {subject}.").format(subject=row["subject"]) if row["subject"] else _("Payment not found.")
    if row["text"].endswith(" refused"):
        text = f"{text} {_('The processor did not take the last answer.')}"
    tone = "bad" if state == "expired" else "warn"
    return NeedRow(key, tone, "flag", money or "", title, text, Link(_("Answer"), f"/disputes/{row['id']}/"))
