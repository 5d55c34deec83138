"""Sample pages of staff, keys, links, pick-ups, carts and one terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from inventory.receiving.pages import EndForm, NewPaperPage, PaperLine, PaperListPage, PaperPage, PaperRow, ScanForm
from merchant.accounts.member_pages import MemberPage, RoleRow, SignInRow
from merchant.accounts.people_pages import KeyRow, KeysPage, MemberRow, StaffPage
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, FormPage, choices_of
from merchant.core.pages.parts import Action, Choice, EmptyState, Fact, FilterBar, Link, ListFrame, Pager, TimelineEntry
from orders.carry_over.pages import CartListPage, CartRow
from orders.fulfilment.pickup_pages import PickLine, PickupBoard, PickupCard
from payments.checkout.link_pages import LOOKS, LinkListPage, LinkPage, LinkRow, NewLinkPage, PhoneOrderPage, drawn_qr
from payments.routing.pages import RulePage, ShareField
from terminals.card_present.pages import CancelDialog, SampleRow, TerminalPage
from terminals.card_present.settings_pages import SettingRow, SettingsPage
from terminals.live.pages import TerminalTile
from terminals.pos.shifts.tablets import RevokeDialog

AT = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
EUR = Money(64_50, "EUR")
STORES = (("1", "Berlin Mitte"), ("2", "Hamburg Altona"))
RIGHTS = (
    FormField("role", "Role", "choice", choices=choices_of([("manager", "Manager"), ("cashier", "Cashier")], "cashier")),
    FormField("refund_limit", "Refund limit", "decimal", "25.00", "In EUR; empty is no limit."),
    FormField("store", "Locations", "ticks", hint="none ticked means all", choices=(Choice("Berlin Mitte", "1", True), Choice("Hamburg Altona", "2"))),
)  # fmt: skip


def listed(title: str, path: str, shown: int) -> ListFrame:
    """The frame of a list with `shown` rows."""
    return ListFrame(title=title, bar=FilterBar(path), pager=Pager(shown=shown), empty=EmptyState("users", "Nobody"))


def staff() -> StaffPage:
    """Two people, one of them gone; an invitation that was refused."""
    rows = (
        MemberRow(
            "Mara Keller",
            "mara@halden-roe.example",
            "Manager",
            "All locations",
            None,
            True,
            AT,
            Action("End access", "#", "ban", "post", key="k"),
            url="#",
        ),
        MemberRow(
            "Jonas Lind", "jonas@halden-roe.example", "Cashier", "Berlin Mitte", Money(25_00, "EUR"), False, None
        ),
        MemberRow(
            "Lea Vogt",
            "lea@halden-roe.example",
            "Accountant",
            "All locations",
            None,
            True,
            None,
            None,
            "#",
            "invited",
            "missing",
        ),
    )
    return StaffPage(
        rows,
        (FormField("email", "E-mail", "email", "lea@", is_required=True, error="Write an e-mail address."), *RIGHTS),
        True,
        ("The request is not valid: write an e-mail address",),
        "https://shop.example/i/x",
        role_rows=(
            RoleRow(
                "Manager", "Runs stores: sells, refunds, closes the day.", "No API keys, no rights of others.", True, 1
            ),
            RoleRow("Cashier", "Works at the counter.", "No reports, no settings.", False, 0),
        ),
    )


def member() -> MemberPage:
    """Somebody who was invited and whose limit was refused."""
    return MemberPage(
        "Lea Vogt", "lea@halden-roe.example", "invited", (Fact("E-mail", "lea@halden-roe.example"), Fact("Second factor", "missing"), Fact("Invitation", AT, note="delivered")),
        (SignInRow(AT, "Signed in", "good", "circle-check", "203.0.113.7"), SignInRow(AT, "Wrong password", "bad", "octagon-x", "198.51.100.20")), "#", "sample", True,
        RIGHTS,
        RoleRow("Cashier", "Works at the counter: sells, takes goods back within the limit.", "No reports, no settings.", False, 0),
        (Action("Send the invitation again", "#", "send", "post", key="k"), Action("End access", "#", "ban", "post", key="k")), "#", "https://shop.example/i/x",
        ("Refund limit: write the amount like 12.50.",),
    )  # fmt: skip


def keys() -> KeysPage:
    """A key in use and one that ended; a new one, shown once."""
    rows = (
        KeyRow(
            "Webshop",
            "tk_live_4f2a",
            "orders.write",
            AT,
            AT,
            None,
            False,
            (Action("Roll", "#", "refresh-cw", "post", key="k"),),
        ),
        KeyRow("Old shop", "tk_live_09c1", "orders.read", AT, None, AT, True),
    )
    fields = (
        FormField("name", "Name", is_required=True, error="Fill this in."),
        FormField(
            "scope", "What it may do", "ticks", choices=(Choice("orders.read", "1"), Choice("orders.write", "2"))
        ),
    )
    return KeysPage(rows, fields, "tk_live_4f2a_sample", ("One field is not filled in. Nothing was saved.",))


def new_endpoint() -> FormPage:
    """The form of a webhook address that was refused."""
    refused = "The address must begin with https."
    fields = (
        FormField("url", "Address", "url", "http://x", "It begins with https://.", is_required=True, error=refused),
        FormField("topics", "Events", text="*", is_required=True, hint="* for all, or names such as payment.captured"),
    )
    return FormPage("Add endpoint", Link("Webhook log", "#"), "#", "sample", fields, "Add", errors=(refused,))


def link_row(state: str) -> LinkRow:
    """A link in one of its states."""
    tone, icon = LOOKS[state]
    return LinkRow(state, "#", "7KQ2M8ZP", AT, EUR, "Phone", tone, icon, state.capitalize(), 3, AT)


def link() -> LinkPage:
    """An open link with its code."""
    address = "https://shop.example/pay/sample/"
    return LinkPage(
        link_row("open"),
        address,
        drawn_qr(address),
        (Fact("Views", "3"),),
        (Action("Withdraw", "#", "ban", "post", key="k"),),
    )


def new_link() -> NewLinkPage:
    """The form of a link, refused."""
    return NewLinkPage("#", "sample", (("1", "Phone"),), {}, ("The amount is no amount.",))


def phone_order() -> PhoneOrderPage:
    """The form of an order by telephone."""
    return PhoneOrderPage(
        "sample", (("1", "Phone"),), (("ship", "Parcel"),), STORES, (("link", "By link"),), {}, ("No such article.",)
    )


def board() -> PickupBoard:
    """One to pick, late; one ready and unpaid."""
    lines = (PickLine("1", "Oak stool", "ST-1", 2, 1),)
    return PickupBoard(
        (PickupCard("1", "#", "7KQ2M8ZP", "Berlin Mitte", "Lea Vogt", True, AT, True, lines, "#", "k", "One is missing."),),
        (PickupCard("2", "#", "8AB3N9YQ", "Berlin Mitte", "Ola Berg", False, AT, False, lines, "#", "k"),), True,
    )  # fmt: skip


def cart_row(key: str = "1") -> CartRow:
    """An open cart."""
    return CartRow(key, "#", "7KQ2M8ZP", AT, EUR, "open", "Lea Vogt", "#", "Webshop", "Berlin Mitte", "T1")


def terminal() -> TerminalPage:
    """One terminal whose last check failed."""
    return TerminalPage(
        TerminalTile("4", "Mitte 4", "#", "ready", "Last 13:58", "Wi-Fi 76%"), (Fact("Serial", "S-1204", is_identifier=True),),
        (SampleRow(AT, True, "Card, PIN, bank", ""), SampleRow(AT, False, "Card", "No answer"), SampleRow(AT, None, "", "", True)),
        (TimelineEntry(AT, "Came online"),), (Action("Check", "#", "refresh-cw", "post", key="k"),), "4821-0092", checks=(SampleRow(AT, True, "", ""),),
        settings=(Fact("Tip", "off"),), settings_url="#", pending=True, passed_text="28 of the last 30 passed",
    )  # fmt: skip


def new_terminal() -> FormPage:
    """Where a terminal cannot be registered yet."""
    first = (
        Link("Open a location: a terminal stands in one.", "#"),
        Link("Connect a gateway: it is who takes the card payments.", "#"),
    )
    return FormPage("Add a terminal", Link("Terminals", "#"), "#", "sample", (), "Register", first=first)


def terminal_settings() -> SettingsPage:
    """The settings of one store's terminals."""
    rows = (
        SettingRow(
            "tip",
            "Ask for a tip",
            "off",
            "Business",
            "",
            None,
            False,
            "acknowledged",
            "choice",
            "",
            "",
            (Choice("on", "On"), Choice("off", "Off")),
        ),
        SettingRow(
            "idle",
            "Screen goes dark after",
            "120 s",
            "Here",
            "Mara Keller",
            AT,
            True,
            "pending",
            "number",
            "120",
            "s",
            (),
        ),
    )
    places = (Link("Business", "#"), Link("Berlin Mitte", "#"))
    return SettingsPage(
        "Settings of Berlin Mitte",
        "Two terminals",
        "#",
        "sample",
        "from the business",
        rows,
        places,
        Link("Terminals", "#"),
        True,
        True,
        ("Too long.",),
    )


def rule() -> RulePage:
    """The form of a routing rule."""
    choices = (Choice("a", "First"), Choice("b", "Second"))
    shares = (ShareField("1", "Adyen", "80", False), ShareField("2", "Stripe", "20", True))
    return RulePage(
        "#",
        "New rule",
        4,
        "sample",
        (
            FormField("name", "Name", text="Large ones", is_required=True),
            FormField("is_active", "In force", "tick", "on"),
        ),
        shares,
        (
            FormField("methods", "Methods", "ticks", hint="none chosen: any", choices=choices),
            FormField("weekdays", "Weekdays", "ticks", hint="none chosen: any", choices=choices),
            FormField(
                "currency", "Currency", text="EUX", hint="EUR", error="Write the currency with its three letters."
            ),
            FormField("amount_from", "Amount from", "decimal", text="100.00"),
            FormField("time_from", "From", "time", text="22:00"),
        ),
        ("Together they come to 90; they must come to 100.",),
        "Together they come to 90; they must come to 100.",
    )


def papers() -> PaperListPage:
    """Deliveries in every state."""
    states = ("expected", "sent", "partial", "received", "closed", "cancelled")
    rows = tuple(
        PaperRow(str(number), "#", f"D-{number}", "Berlin Mitte", "Oak & Sons", AT, status)
        for number, status in enumerate(states)
    )
    return PaperListPage("Deliveries", listed("Deliveries", "/deliveries/", len(rows)), rows)


SCANNED = (
    FormField("article", "Barcode or SKU", text="MUG-9", is_required=True, error="There is no article MUG-9."),
    FormField("quantity", "Pieces", "number", text="1", is_required=True),
    FormField("damaged", "Damaged", "number", hint="besides, not for the shelf"),
)


def paper() -> PaperPage:
    """A delivery of which a part arrived."""
    return PaperPage(
        "Delivery", "D-1", "partial", "#", "Deliveries", (Fact("Place", "Berlin Mitte"),), ("Ordered", "Arrived"),
        (PaperLine("Oak stool", "ST-1", (4, 2), True), PaperLine("Wool blanket", "WB-1", (2, 2))),
        ScanForm("#", "sample", "Take in", SCANNED, ("No such article.",)), (EndForm("#", "sample", "Close short", "x", (("a", "Lost"),), True),),
    )  # fmt: skip


def new_paper() -> NewPaperPage:
    """The form of a transfer, refused."""
    fields = (
        FormField("store", "From", "choice", choices=choices_of(STORES)),
        FormField("store_to", "To", "choice", choices=choices_of(STORES)),
        FormField("note", "Note"),
        FormField("lines", "Articles", "lines", "MUG-9 2", is_required=True, error="There is no article MUG-9."),
    )
    return NewPaperPage("New transfer", "#", "#", "sample", fields, ("There is no article MUG-9.",))


PAGES = {
    "staff": ("merchant/accounts/staff.html", "staff", staff),
    "staff-member": ("merchant/accounts/member.html", "staff", member),
    "api-keys": ("merchant/accounts/keys.html", "webhooks", keys),
    "endpoint-new": ("components/form_page.html", "webhooks", new_endpoint),
    "links": (
        "payments/checkout/links.html",
        "links",
        lambda: LinkListPage(listed("Links", "#", 4), tuple(map(link_row, LOOKS))),
    ),
    "link": ("payments/checkout/link.html", "links", link),
    "link-new": ("payments/checkout/new_link.html", "links", new_link),
    "order-by-phone": ("payments/checkout/link_phone.html", "orders", phone_order),
    "pick-ups": ("orders/fulfilment/board.html", "orders", board),
    "carts": ("orders/carry_over/carts.html", "orders", lambda: CartListPage(listed("Carts", "#", 1), (cart_row(),))),
    "terminal": ("terminals/card_present/detail.html", "terminals", terminal),
    "terminal-new": ("components/form_page.html", "terminals", new_terminal),
    "terminal-cancel": (
        "terminals/card_present/cancel.html",
        "terminals",
        lambda: CancelDialog("#", "sample", "Mitte 1", EUR),
    ),
    "terminal-settings": ("terminals/card_present/settings.html", "terminals", terminal_settings),
    "tablet-revoke": (
        "terminals/shifts/revoke.html",
        "day_close",
        lambda: RevokeDialog("#", "sample", "Tablet 2", "T1"),
    ),
    "routing-rule": ("payments/routing/rule.html", "gateways", rule),
    "deliveries": ("inventory/receiving/list.html", "stock", papers),
    "stock-delivery": ("inventory/receiving/detail.html", "stock", paper),
    "transfer-new": ("inventory/receiving/new.html", "stock", new_paper),
}
