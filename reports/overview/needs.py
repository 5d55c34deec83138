"""What needs somebody, in words and ranked: money nobody knows of first, then what stops selling, then money, then machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from merchant.accounts.approvals.words import reason_words, right_words, subject_words
from merchant.core.money import Money
from merchant.core.pages import status
from merchant.core.pages.display import duration_text, moment_text
from merchant.core.pages.parts import Link
from merchant.core.telling import one_stop
from payments.reconciliation.imports.imported import name_words
from reports.exports.words import problem_words
from reports.overview.pages import NeedRow
from terminals.pos.offline_words import refusal_words

_SHOWN_MAX = 12
_JOB_PAGES = {"settlement": "/imports/", "reconciliation": "/reconciliation/", "reports": "/exports/"}


@dataclass(frozen=True, slots=True)
class _Need:
    """A row of `queries` with what is said of it: its key on the page, its money, and its moment in the reader's zone and language."""

    row: dict[str, Any]
    key: str
    money: Money | None
    at: str
    now: datetime

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.row["subject"] or "")

    @property
    def text(self) -> str:
        """What more there is to say."""
        return str(self.row["text"] or "")

    @property
    def number(self) -> int:
        """How many."""
        return int(self.row["number"])

    def told(
        self, tone: str, icon: str, value: Money | str, words: str, text: str, link: Link, *, key: str = ""
    ) -> NeedRow:
        """Return the line on the page; `key` tells rows of one kind and id apart."""
        return NeedRow(self.key + key, tone, icon, value, words, one_stop(text), link)

    def link(self, words: str, page: str) -> Link:
        """Return the link to its own page."""
        return Link(words, page.format(self.row["id"]))


def need_rows(rows: list[dict[str, Any]], *, now: datetime, locale: str, zone: str) -> tuple[NeedRow, ...]:
    """Return what needs somebody, most urgent first."""
    ranks = {kind: rank for rank, kind in enumerate(_KINDS)}
    ranked = sorted((row for row in rows if row["kind"] in ranks), key=lambda row: ranks[row["kind"]])
    return tuple(need_row(row, now=now, locale=locale, zone=zone) for row in ranked[:_SHOWN_MAX])


def need_row(row: dict[str, Any], *, now: datetime, locale: str, zone: str) -> NeedRow:
    """Return one row of `need_queries.list_needs` in words."""
    money = Money(row["minor"], row["currency"]) if row["minor"] is not None and row["currency"] else None
    at = moment_text(row["at"], shape="short", zone=zone, locale=locale, now=now) if row["at"] else ""
    return _KINDS[row["kind"]](_Need(row, f"{row['kind']}-{row['id']}", money, at, now))


def _unknown(need: _Need) -> NeedRow:
    text = ngettext(
        "Order {subject}. The gateway was asked {n} time.",
        "Order {subject}. The gateway was asked {n} times.",
        need.number,
    )
    words = _("outcome unknown, {place}").format(place=need.text)
    text = text.format(subject=need.subject, n=need.number)
    return need.told(
        "bad", "circle-question-mark", need.money or "", words, text, need.link(_("Watch"), "/payments/{}/")
    )


def _payment(tone: str, icon: str, words: Any, page: str) -> Callable[[_Need], NeedRow]:
    """Return the line of a payment whose money turned out otherwise after it looked settled. `words` are translated when they are shown."""

    def line(need: _Need) -> NeedRow:
        text = _("Order {subject}. {text}").format(subject=need.subject, text=need.text).strip()
        return need.told(tone, icon, need.money or "", str(words), text, need.link(_("Look"), page))

    return line


def _terminal_offline(need: _Need) -> NeedRow:
    since = need.row["at"]
    words = _("offline for {age}").format(age=duration_text(need.now - since)) if since else _("never connected")
    seen = _("Last seen {moment}.").format(moment=need.at)
    text = f"{need.text}. {seen}" if need.at else need.text
    return need.told("bad", "wifi-off", need.subject, words, text, need.link(pgettext("act", "Open"), "/terminals/{}/"))


def _needs_care(need: _Need) -> NeedRow:
    link = need.link(pgettext("act", "Open"), "/terminals/{}/")
    return need.told("warn", "triangle-alert", need.subject, _("needs care"), need.text, link)


def _drawer(need: _Need) -> NeedRow:
    words = _("in the drawer of {till}").format(till=need.subject)
    text = _("{place}. Bring cash to the safe.").format(place=need.text)
    link = need.link(pgettext("act", "Open"), "/day-close/shifts/{}/" if need.row["id"] else "/day-close/")
    return need.told("warn", "banknote", need.money or need.subject, words, text, link, key=need.subject)


def _approval(need: _Need) -> NeedRow:
    words = _("{name} waits for approval").format(name=need.subject)
    right, subject, reason = need.text.split("\n", 2)
    what = ", ".join(part for part in (right_words(right, subject), subject_words(subject)) if part)
    text = ": ".join(part for part in (what, reason_words(right, reason)) if part)
    return need.told("warn", "hourglass", need.money or "", words, text, Link(_("Decide"), "/approvals/"))


def _dispute(need: _Need) -> NeedRow:
    state = need.text.split()[0]
    words = {"expired": _("disputed, the time for an answer is over"), "opened": _("disputed")}.get(
        state, _("disputed, answer by {moment}").format(moment=need.at)
    )
    text = _("Order {subject}.").format(subject=need.subject) if need.row["subject"] else _("Payment not found.")
    if need.text.endswith(" refused"):
        text = " ".join((text, _("The processor did not take the last answer.")))
    tone = "bad" if state == "expired" else "warn"
    return need.told(tone, "flag", need.money or "", words, text, need.link(_("Answer"), "/disputes/{}/"))


def _late_payout(need: _Need) -> NeedRow:
    text = _("{gateway}, expected {day}.").format(gateway=need.text, day=need.at.split(",")[0])
    link = need.link(_("Trace"), "/payouts/{}/")
    return need.told("warn", "landmark", need.money or need.subject, _("payout not in the bank"), text, link)


def _blocked_import(need: _Need) -> NeedRow:
    link = need.link(_("Look"), "/imports/{}/")
    return need.told("bad", "equal-not", need.subject, _("is not booked"), f"{need.text}, {need.at}", link)


def _blocked_statement(need: _Need) -> NeedRow:
    link = need.link(_("Look"), "/imports/statements/{}/")
    name = name_words(need.subject, received_at=need.row["at"])
    return need.told("bad", "equal-not", name, _("is not booked"), f"{need.text}, {need.at}", link)


def _waiting_statement(need: _Need) -> NeedRow:
    link = need.link(_("Look"), "/imports/statements/{}/")
    name = name_words(need.subject, received_at=need.row["at"])
    words = _("waits for page {number}").format(number=need.number) if need.number else _("waits for a decision")
    return need.told("warn", "clock-fading", name, words, f"{need.text}, {need.at}", link)


def _schedule_halted(need: _Need) -> NeedRow:
    link = Link(_("Look"), "/exports/schedules/")
    return need.told("warn", "repeat", need.subject, _("makes no files"), problem_words(need.text), link)


def _exceptions(need: _Need) -> NeedRow:
    words = ngettext("in {n} exception", "in {n} exceptions", need.number).format(n=need.number)
    kind, link = str(status.appearance("recon", need.subject).word), Link(_("Resolve"), "/reconciliation/")
    return need.told("warn", "equal-not", need.money or "", words, kind, link, key=need.row["currency"])


def _cancelling(need: _Need) -> NeedRow:
    words = _("did not get back to the customer")
    text = _("Order {subject} is cancelled and its goods are for sale again.").format(subject=need.subject)
    return need.told("bad", "undo-2", need.money or "", words, text, need.link(pgettext("act", "Open"), "/orders/{}/"))


def _oversold(need: _Need) -> NeedRow:
    text = ngettext(
        "{n} piece sold that {store} did not have", "{n} pieces sold that {store} did not have", need.number
    )
    link = Link(_("Look"), f"/stock/?q={need.subject}")
    text = text.format(n=need.number, store=need.text)
    return need.told("bad", "package", need.subject, _("was oversold offline"), text, link)


def _low_stock(need: _Need) -> NeedRow:
    text = ngettext("{n} free piece left in {store}", "{n} free pieces left in {store}", need.number)
    link = Link(_("Order"), f"/stock/?q={need.subject}")
    text = text.format(n=need.number, store=need.text)
    return need.told("warn", "package", need.subject, _("is running low"), text, link)


def _offline_cards(need: _Need) -> NeedRow:
    words = ngettext("at risk on {n} gift card taken offline", "at risk on {n} gift cards taken offline", need.number)
    since, link = _("The oldest is from {moment}.").format(moment=need.at), Link(_("Look"), "/offline/")
    return need.told(
        "warn", "gift", need.money or "", words.format(n=need.number), since, link, key=need.row["currency"]
    )


def _offline_refused(need: _Need) -> NeedRow:
    words = ngettext(
        "in {n} offline sale that waits in a tablet", "in {n} offline sales that wait in tablets", need.number
    )
    code, stored = need.text.split("\n", 1)
    text = f"{refusal_words(code, stored)} {_('The oldest is from {moment}.').format(moment=need.at)}"
    link = Link(_("Look"), "/offline/")
    return need.told(
        "bad", "wifi-off", need.money or "", words.format(n=need.number), text, link, key=need.row["currency"]
    )


def _dead_job(need: _Need) -> NeedRow:
    text = need.text.splitlines()[0] if need.row["text"] else need.at
    link = Link(pgettext("act", "Open"), _JOB_PAGES.get(need.subject.split(".")[0], "/"))
    return need.told("bad", "triangle-alert", need.subject, _("stopped"), text, link)


def _failed_webhooks(need: _Need) -> NeedRow:
    number = ngettext("{n} webhook given up", "{n} webhooks given up", need.number).format(n=need.number)
    link = need.link(pgettext("act", "Open"), "/webhook-log/endpoints/{}/?status=failed")
    return need.told("info", "webhook", number, "", need.subject, link)


def _parked_events(need: _Need) -> NeedRow:
    number = ngettext(
        "{n} event of a processor could not be used", "{n} events of processors could not be used", need.number
    ).format(n=need.number)
    since = _("The oldest is from {moment}.").format(moment=need.at)
    return need.told("warn", "file-question-mark", number, "", since, Link(_("Look"), "/gateway-events/"))


# Most urgent first.
_KINDS: dict[str, Callable[[_Need], NeedRow]] = {
    "unknown": _unknown,
    "capture_taken_back": _payment(
        "bad", "triangle-alert", gettext_lazy("taken back by the processor"), "/payments/{}/"
    ),
    "refund_taken_back": _payment("bad", "triangle-alert", gettext_lazy("refund did not arrive"), "/payments/{}/"),
    "overpaid": _payment("warn", "copy", gettext_lazy("paid twice"), "/orders/{}/"),
    "sold_offline_too": _payment("bad", "copy", gettext_lazy("paid, and sold offline as well"), "/orders/{}/"),
    "override_broken": _payment("bad", "octagon-x", gettext_lazy("said by hand, and wrong"), "/payments/{}/"),
    "offline_refused": _offline_refused,
    "offline_cards": _offline_cards,
    "approval": _approval,
    "dispute": _dispute,
    "offline": _terminal_offline,
    "parked_events": _parked_events,
    "expiring": _payment("warn", "hourglass", gettext_lazy("authorised, ends within a day"), "/payments/{}/"),
    "needs_care": _needs_care,
    "drawer_over_limit": _drawer,
    "late_payout": _late_payout,
    "blocked_import": _blocked_import,
    "blocked_statement": _blocked_statement,
    "waiting_statement": _waiting_statement,
    "schedule_halted": _schedule_halted,
    "exceptions": _exceptions,
    "cancelling": _cancelling,
    "oversold": _oversold,
    "low_stock": _low_stock,
    "dead_job": _dead_job,
    "failed_webhooks": _failed_webhooks,
}
