"""
The template components with made-up data: what `/ops/components/` shows, in both themes.

One line a component. Those that frame a page have no example of their own; `seen` says where they are at work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.messages import constants as messages
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import (
    Action,
    Choice,
    EmptyState,
    Fact,
    Filter,
    FilterBar,
    FlowBox,
    Link,
    ListFrame,
    Notice,
    Pager,
    SavedView,
    Stat,
    TimelineEntry,
    TotalLine,
    Trail,
    TrailMarks,
    TrailStep,
)  # fmt: skip
from merchant.core.pages.shell import FragmentShell
from merchant.core.pages.status import STATUS

_AT = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
_EURO, _FRANC, _YEN = Money(158_00, "EUR"), Money(1_845_70, "CHF"), Money(12_800, "JPY")
_FILTER = Filter(
    "status",
    "Status",
    shown="Paid",
    remove_url="#",
    choices=(Choice("Paid", "captured", is_selected=True), Choice("Declined", "declined")),
)
_FRAME = ListFrame(
    bar=FilterBar("#", (_FILTER, Filter("date", "Date", "range", input_type="date")), (SavedView("All", "#", is_current=True), SavedView("Refunds", "#", count="38")), search_hint="order, •4242, 12.50"),
    pager=Pager("#", "#", 50), empty=EmptyState("credit-card", "No payments yet", "The first one appears here by itself."), export_url="#", totals_url="#",
    bulk=(Action("Export", "#", "upload", "post"),), actions=(Action("Take a payment", "#", "plus", tone="primary"),),
)  # fmt: skip
_STEPS = Trail(
    (
        TrailStep("Captured", "done", _AT, amount=_EURO), TrailStep("Settled", "next", _AT + timedelta(days=2)), TrailStep("Paid out", "held", text="payout came short"),
        TrailStep("Reconciled"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Component:
    """One file of `templates/components`: what it is for, and the values of its examples. `seen` names a page where it has none here."""

    name: str
    use: str
    examples: tuple[dict[str, Any], ...] = ()
    seen: str = ""


COMPONENTS = (
    Component("action", "A button: a link, a dialog, or a form with a key, so that a second press repeats nothing.", (
        {"action": Action("Refund", "#", "undo-2", tone="primary")}, {"action": Action("Export", "#", "upload")}, {"action": Action("End", "#", "ban", tone="danger"), "small": True},
    )),
    Component("status", "A state by shape, word and colour.", tuple({"look": look} for look in (*STATUS["payment"].values(), *STATUS["recon"].values(), *STATUS["terminal"].values()))),
    Component("notice", "What is known, what is being done, until when, what not to do.", tuple(
        {"notice": Notice(tone, title, "The gateway is asked until 14:06; do not charge again.", icon)}
        for tone, title, icon in (("info", "On its way.", "info"), ("good", "Done.", "circle-check"), ("warn", "No answer yet.", "circle-question-mark"), ("bad", "Taken back.", "triangle-alert"))
    )),
    Component("flash", "What came of the last press, once, on the page after it.", tuple(
        {"message": Message(level, text)}
        for level, text in ((messages.INFO, "The report is being read."), (messages.SUCCESS, "Saved."), (messages.WARNING, "Two rows were left out."), (messages.ERROR, "Somebody else decided before you."))
    )),
    Component("trail", "Where the money is, in one line of a list.", ({"trail": TrailMarks(("done", "next", "held", "none"), "Captured")},)),
    Component("trail_steps", "Where the money is, in four boxes.", ({"trail": _STEPS},)),
    Component("timeline", "What happened, also bad news, newest first.", ({"entries": (
        TimelineEntry(_AT, "Refund accepted", "by the gateway", "back", "undo-2", _EURO, "7QK2X09F"), TimelineEntry(_AT, "Captured", "at once", "good", "credit-card", _EURO),
    )},)),
    Component("stats", "Figures side by side; each opens its rows.", ({"stats": (Stat("Orders", "427", "#"), Stat("Average order", _EURO), Stat("vs last Saturday", "+12.4%", tone="good", icon="trending-up"))},)),
    Component("totals", "What is filtered, one line a currency; two currencies are never added.", ({"totals": (
        TotalLine("CHF", (Stat("Captured", _FRANC),)), TotalLine("EUR", (Stat("Captured", _EURO), Stat("Refunded", -_EURO))), TotalLine("JPY", (Stat("Captured", _YEN),)),
    )},)),
    Component("flow", "Places where money is, one after the other.", ({"boxes": (
        FlowBox("idle", "contrast", "Authorised", (_EURO,), "13 payments", "#"), FlowBox("info", "layers", "Settled", (_EURO,), "3 payments"), FlowBox("good", "circle-check", "Reconciled", (_EURO,), "98.9%"),
    )},)),
    Component("facts", "Names and values.", ({"facts": (Fact("Order", "H-20398", "#"), Fact("Fees", Money(47, "EUR"), note="estimate"), Fact("Identifier", "019aa2c4-7d10", is_identifier=True))},)),
    Component("facts_card", "The same as a card.", ({"facts": (Fact("Taken at", _AT), Fact("Method", "Visa •4242"))},)),
    Component("empty", "A list that never had a row: one sentence and one act.", ({"empty": EmptyState("package", "No goods yet", "Import a file or write the first one.", Action("Add goods", "#", "plus"))},)),
    Component("no_rows", "The same for filters that let nothing through.", ({"list": ListFrame(FilterBar("#", search="nothing"), Pager(), _FRAME.empty)},)),
    Component("filter_bar", "Views, search and filters above a list; the address holds all of it.", ({"bar": _FRAME.bar},)),
    Component("list_head", "Title and acts of a list.", seen="/payments/"),
    Component("sums_line", "Totals on demand, and how many new rows wait.", ({"list": _FRAME},)),
    Component("pager", "Newer and older rows; there is no count.", ({"pager": _FRAME.pager},)),
    Component("form_field", "A field of a form that is plain data.", (
        {"field": FormField("reason", "Reason", hint="The auditor reads it.", is_required=True)}, {"field": FormField("day", "Day", "date", "2026-11-21")},
        {"field": FormField("way", "Way", "choice", choices=(Choice("Write off", "w"), Choice("Book", "b")))}, {"field": FormField("all", "All stores", "tick", "on")},
        {"field": FormField("where", "Locations", "ticks", choices=(Choice("Mitte", "m", is_selected=True), Choice("Altona", "a")))},
        {"field": FormField("price", "Price in EUR", "decimal", "a lot", "Without a price it cannot be sold.", is_required=True, error="Write the amount like 12.50.")},
    )),
    Component("form_refused", "Why a form was refused; it has the focus when the page opens, and leads to each field.", ({"errors": ("One field is not filled in. Nothing was saved.",), "fields": (FormField("name", "Name", error="Fill this in."),)},)),
    Component("fields_form", "A form of a card; who may not change it sees no button.", ({"fields": (FormField("name", "Name", text="Berlin Mitte", is_required=True),), "action_url": "#", "key": "sample", "can_change": True},)),
    Component("form_field_state", "What a field says of itself: needed, refused, described by.", seen="/products/new/"),
    Component("dialog_head", "The head of a dialog, or of the same form as a page.", ({"title": "Refund H-20398"},)),
    Component("drawer_head", "The head of what is open beside a list: to its page, to the row before and after, away.", ({"title": "Order", "page_url": "#", "previous": "Previous order", "next": "Next order"},)),
    Component("drawer_acts", "What a row beside a list says first, and what can be done with it.", seen="/payments/"),
    Component("bell", "How many things need the reader.", ({"inbox_url": "#", "number": 6},)),
    Component("languages", "One press changes the language.", ({},)),
    Component("tick_all", "A tick of all rows of a page.", seen="/payments/"),
    Component("bulk_bar", "What can be done with the rows that are ticked.", seen="/payments/"),
    Component("field", "A field of a Django form.", seen="/accounts/login/"),
    Component("form_errors", "What is wrong with a Django form.", seen="/accounts/login/"),
    Component("form_page", "A page that is one form.", seen="/coupons/new/"),
    Component("level_page", "Rules of one level, and where they come from.", seen="/settings/offline/"),
    Component("list_page", "A page that is one list.", seen="/inbox/"),
    Component("rail", "The way to every page.", seen="/"),
    Component("nav_links", "The entries of the rail.", seen="/"),
    Component("phone_tabs", "The rail of a phone.", seen="/"),
    Component("person_menu", "Who is signed in: theme, language, sign out.", seen="/"),
    Component("palette", "⌘K.", seen="/"),
    Component("shortcuts", "What `?` shows.", seen="/"),
)  # fmt: skip

Drawn = tuple[Component, list[str], list[str]]
_REFERS = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|hx-target)="(#?)')


def draw_all(csrf_token: str) -> dict[str, Any]:
    """Return what the page shows: each component with its examples drawn, once more under other ids for the second theme, and those seen elsewhere."""
    shell = FragmentShell(machine_now(), "Europe/Berlin")

    def drawn(component: Component) -> list[str]:
        values = ({"shell": shell, "csrf_token": csrf_token, **example} for example in component.examples)
        return [render_to_string(f"components/{component.name}.html", one) for one in values]

    rows: list[Drawn] = []
    for component in COMPONENTS:
        if component.examples:
            light = _told_apart(drawn(component), f"light-{component.name}")
            rows.append((component, light, _told_apart(drawn(component), f"dark-{component.name}")))
    return {"drawn": rows, "others": [Link(one.name, one.seen) for one in COMPONENTS if one.seen], "shell": shell}


def _told_apart(htmls: list[str], prefix: str) -> list[str]:
    """The same, drawn by our own templates, under ids of their own."""
    return [SafeString(_REFERS.sub(rf'\1="\2{prefix}-{number}-', html)) for number, html in enumerate(htmls)]
