"""Sample pages of the shell: the inbox and the palette."""

from __future__ import annotations

from datetime import UTC, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Choice, EmptyState, Filter, FilterBar, Link, ListFrame, Pager, SavedView
from reports.overview.inbox_pages import InboxPage, InboxRow
from reports.overview.pages import NeedRow
from reports.search.palette_pages import Hit, HitGroup, Palette

AT = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)


def eur(minor: int) -> Money:
    """Euro cents."""
    return Money(minor, "EUR")


def need(key: str, tone: str, icon: str, subject: Money | str, title: str, text: str, act: str) -> NeedRow:
    """One thing that needs somebody."""
    return NeedRow(key, tone, icon, subject, title, text, Link(act, "#"))


def inbox() -> InboxPage:
    """Things of several modules, given to people and to nobody."""
    rows = (
        InboxRow(
            need("late-1", "warn", "landmark", eur(9_208_11), "payout not in the bank", "Adyen, expected 20 Nov.", "Trace"),
            "Money", "Mara Keller", at=AT, has_deadline=True, is_overdue=True,
        ),
        InboxRow(
            need("unknown-1", "bad", "circle-question-mark", eur(86_40), "outcome unknown, Berlin Mitte", "Order H-20418. The gateway was asked 2 times.", "Watch"),
            "Payments", at=AT, age="4 min",
        ),
        InboxRow(
            need("offline-1", "bad", "wifi-off", "Altona 2", "offline for 14 min", "Hamburg Altona. Last seen 13:46.", "Open"),
            "Terminals", "Jonas Brandt", at=AT, age="14 min",
        ),
        InboxRow(
            need("dispute-1", "warn", "flag", eur(249_00), "disputed, answer by 23 Nov", "Order W-87540.", "Answer"),
            "Disputes", at=AT, has_deadline=True,
        ),
        InboxRow(need("webhook-1", "info", "webhook", "3 webhooks given up", "", "https://shop.example/hooks", "Open"), "Developers"),
    )  # fmt: skip
    places = Filter(
        "module", "Where", choices=(Choice("Payments", "payments"), Choice("Disputes", "disputes")), remove_url="#"
    )
    return InboxPage(
        list=ListFrame(
            title="Needs you",
            bar=FilterBar("/inbox/", (places,), (SavedView("All", "#", is_current=True), SavedView("Mine", "#"), SavedView("Nobody’s", "#"))),
            pager=Pager(),
            empty=EmptyState("circle-check", "Nothing needs a person right now."),
        ),
        rows=rows, people=(Choice("Mara Keller", "1", is_selected=True), Choice("Jonas Brandt", "2")), idempotency_key="sample", back="/inbox/",
        count=len(rows),
    )  # fmt: skip


def inbox_empty() -> InboxPage:
    """An inbox of which everything is done."""
    frame = ListFrame(
        title="Needs you", bar=FilterBar("/inbox/"), pager=Pager(), empty=EmptyState("circle-check", "Nothing needs a person right now.")
    )  # fmt: skip
    return InboxPage(frame, (), (), "sample", "/inbox/")


def palette() -> Palette:
    """What a pasted card and amount find."""
    return Palette(
        "4242",
        (
            HitGroup(
                "Payments",
                (
                    Hit("Visa •4242", "#", "credit-card", "H-20398, Hamburg Altona", eur(158_00), AT, "payment", "partly_refunded"),
                    Hit("Visa •4242", "#", "credit-card", "H-20418, Berlin Mitte", eur(86_40), AT, "payment", "unknown"),
                ),
            ),
            HitGroup("Orders", (Hit("H-20398", "#", "receipt-text", "Ines Albrecht, Hamburg Altona", eur(158_00), AT, "order_payment", "paid"),)),
            HitGroup("Actions", (Hit("Take a payment", "#", "plus"),)),
            HitGroup("Pages", (Hit("Payments", "#", "credit-card", shortcut="G P"), Hit("Payouts", "#", "landmark"))),
        ),
        "/search/?q=4242",
    )  # fmt: skip


PAGES = {
    "inbox": ("reports/overview/inbox.html", "home", inbox),
    "inbox-empty": ("reports/overview/inbox.html", "home", inbox_empty),
}
FRAGMENTS = {"palette": ("reports/search/palette.html", palette)}
