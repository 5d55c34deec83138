"""Sample pages of customer service: customers, joining and erasing."""

from __future__ import annotations

from datetime import UTC, datetime

from merchant.accounts.requests.pages import Card, DevelopersPage, EventRow, EventsPage, RequestLogPage, RequestRow, Tab
from merchant.core.money import Money
from merchant.core.pages.parts import (
    Action,
    Choice,
    EmptyState,
    Fact,
    Filter,
    FilterBar,
    Link,
    ListFrame,
    Notice,
    Pager,
    SavedView,
    Stat,
    TimelineEntry,
)
from orders.order.pages import OrderRow
from reports.audit_log.pages import AuditPage, Change, EntryRow
from reports.customer_service.pages import (
    ConsentRow,
    CustomerListPage,
    CustomerPage,
    CustomerRow,
    ErasePage,
    JoinPage,
    Line,
    Reveal,
    Section,
)

AT = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
EARLIER = datetime(2026, 9, 3, 9, 40, tzinfo=UTC)
EUR = Money(158_00, "EUR")


def listed(title: str, path: str, shown: int) -> ListFrame:
    """The frame of a list with `shown` rows."""
    views = (SavedView("All", path, True), SavedView("By name", path), SavedView("News by e-mail", path))
    bar = FilterBar(path, views=views, search_hint="name, e-mail, phone, order number")
    return ListFrame(
        title=title, bar=bar, pager=Pager(shown=shown), empty=EmptyState("users", "Nobody"), export_url="#"
    )


def customers() -> CustomerListPage:
    """Three customers, one of two currencies, one who never bought."""
    rows = (
        CustomerRow("1", "#", "Ines Albrecht", "ines.albrecht@example.com", "+49 40 5550 142", 12, (Money(1_284_50, "EUR"),), AT, EARLIER),
        CustomerRow("2", "#", "Lea Vogt", "lea@example.com", "", 3, (Money(64_50, "EUR"), Money(690_00, "SEK")), AT, EARLIER),
        CustomerRow("3", "#", "Café Nord AB", "order@cafe-nord.example", "+46 8 555 01", 0, (), None, AT),
    )  # fmt: skip
    return CustomerListPage(listed("Customers", "/customers/", 3), rows, "#", "#", False)


def order_row(key: str, status: str = "completed", payment: str = "paid", fulfilment: str = "fulfilled") -> OrderRow:
    """An order of hers."""
    return OrderRow(
        key, "#", f"H-2039{key}", AT, EUR, status, payment, fulfilment, "", "Hamburg Altona", "store", "Altona", 4
    )


def customer(*, is_masked: bool = False) -> CustomerPage:
    """Somebody who bought in a store and online, with a refund, a gift card and mails."""
    sections = (
        Section(
            "payments", "Payments",
            (Line("Visa", AT, "#", "•4242 H-20398", EUR, "payment", "partly_refunded"), Line("Cash", EARLIER, "#", "H-20391", Money(54_80, "EUR"), "payment", "captured")),
            "",
        ),
        Section("refunds", "Money given back", (Line("Refund", AT, "#", "7KQ2M8ZP9F", Money(38_00, "EUR"), "operation", "succeeded"),), ""),
        Section("vouchers", "Gift cards and store credit", (Line("Gift card 7Q2M", AT, "#", "still on it", Money(25_00, "EUR"), "voucher", "active"),), ""),
        Section("cards", "Cards on file", (Line("Visa •4242", AT, note="may be charged again, by consent"),), has_amounts=False),
        Section("papers", "Receipts and invoices", (Line("Receipt 20398", AT, "#", amount=EUR),)),
        Section("messages", "Messages", (Line("Your order H-20398", AT, note="ines.albrecht@example.com", family="delivery", status="delivered"),), has_amounts=False),
    )  # fmt: skip
    return CustomerPage(
        "1", "I***" if is_masked else "Ines Albrecht", (Stat("Orders", "12"), Stat("Bought and kept", Money(1_284_50, "EUR"))),
        (Fact("E-mail", "i***@example.com" if is_masked else "ines.albrecht@example.com"), Fact("Phone", "***42"), Fact("Customer since", EARLIER)),
        (order_row("8"), order_row("1", payment="partly_refunded")), (order_row("9", "draft", "unpaid", "unfulfilled"),), sections,
        (
            ConsentRow("marketing_mail", "News by e-mail", True, AT, "webshop, Ines Albrecht", "k"), ConsentRow("marketing_sms", "News by text message", False, AT, "till", "k"),
            ConsentRow("profiling", "Offers made from what was bought", None, key="k"),
        ),
        (
            TimelineEntry(AT, "Refund: Succeeded", "7KQ2M8ZP9F", "back", "undo-2", Money(38_00, "EUR"), url="#"),
            TimelineEntry(AT, "Goods came back", "H-20398, damaged", "back", "undo-2", Money(38_00, "EUR"), url="#"),
            TimelineEntry(AT, "Handed over", "H-20398", "good", "package-check", EUR, url="#"),
            TimelineEntry(AT, "Visa: Part refunded", "H-20398", "back", "credit-card", EUR, url="#"),
            TimelineEntry(AT, "Your order H-20398", "Message: Delivered", "good", "send"),
            TimelineEntry(AT, "Consent given", "Mara Keller", "good", "check"),
            TimelineEntry(EARLIER, "Placed", "H-20391, Webshop", "idle", "receipt-text", url="#"),
        ),
        () if is_masked else (Action("Change", "#", "pencil"), Action("Payment link", "#", "link"), Action("New order", "#", "plus", tone="primary")),
        () if is_masked else (Action("What we hold", "#", "download", "post", key="k"), Action("Join with another record", "#", "users"), Action("Erase", "#", "ban", tone="danger")),
        reveal=Reveal("/customers/1/reveal/", "The request is not valid: say why you need to see it") if is_masked else None,
        consent_url="" if is_masked else "#", likely_same=() if is_masked else (Fact("I. Albrecht", EARLIER, "#"),), all_orders_url="#",
    )  # fmt: skip


def join() -> JoinPage:
    """Two records of one person; nothing was chosen."""
    others = (Choice("I. Albrecht, ines@example.org", "2"), Choice("Ines Albrecht, +49 40 5550 142", "3"))
    facts = (
        Fact("Name", "Ines Albrecht"),
        Fact("E-mail", "ines.albrecht@example.com"),
        Fact("Customer since", EARLIER),
    )
    return JoinPage("Ines Albrecht", "#", "#", "sample", facts, others, ("Choose the other record.",))


def erase() -> ErasePage:
    """An erasure that is held back."""
    errors = ("The customer cannot be erased yet: order H-20398 is open.",)
    goes, stays = ("Name and addresses", "The text of every mail"), ("Receipts and invoices", "Amounts and taxes")
    return ErasePage("Ines Albrecht", "#", "#", "sample", goes, stays, "ERASE", errors)


def audit() -> AuditPage:
    """Acts of a person, a tablet and Tillsyn itself, above a chain that holds."""
    rows = (
        EntryRow("1", AT, "", "Mara Keller", " changed what a person may do", "#", "Staff", "staff.changed", "Person …41f0b2aa", "#", (Change("role", "cashier", "manager"), Change("refund limit", "€25.00", "—"))),
        EntryRow("2", AT, "", "Till 2 (Tablet)", " completed a sale", "#", "Tablet", "sale.completed", "Order …77b5bd39", "#", (), (("total", "€158.00"),)),
        EntryRow("3", EARLIER, "", "Jonas Brandt", " saw a customer in full", "#", "Staff", "customer.revealed", "Customer …0e90cda2", "#", (), (("reason", "calls about a parcel"),)),
        EntryRow("4", EARLIER, "A settlement report was booked", "", "", "", "Tillsyn, Tillsyn itself", "report.posted", "Settlement report …f0e90cda", ""),
    )  # fmt: skip
    bar = FilterBar(
        "/audit/",
        (Filter("date", "Day", "range"), Filter("actor", "Who")),
        (SavedView("All", "#", True), SavedView("Sign-ins", "#")),
    )
    frame = ListFrame(
        title="Audit log", bar=bar, pager=Pager(shown=4), empty=EmptyState("users", "Nothing"), export_url="#"
    )
    chain = Notice(
        "good",
        "Sealed to no. 12,345, Sat 21 Nov, 14:00.",
        "Verified Sat 21 Nov, 04:10: every entry up to no. 12,101 is as it was written.",
        "shield-check",
    )
    return AuditPage(frame, rows, chain, Action("Check the chain now", "#", "shield-check", "post", key="k"))


def request_rows() -> tuple[RequestRow, ...]:
    """A sale, a refusal and a failure."""
    return (
        RequestRow("1", AT, "POST", "/api/v1/sales/", 201, "good", "circle-check", "", 18, "Till 2 (Tablet)", "Tablet", "7KQ2M8ZP9F4T"),
        RequestRow("2", AT, "POST", "/api/v1/payments/01a200e3-566d-77b5-bd39-f0e90cda2666/refunds/", 409, "warn", "triangle-alert", "refund_exceeds_captured", 31, "Webshop", "API key", "shop-8841"),
        RequestRow("3", EARLIER, "GET", "/api/v1/orders/", 500, "bad", "octagon-x", "server_error", 1_204, "Webshop", "API key", "shop-8842"),
    )  # fmt: skip


TABS = tuple(
    Tab(Link(words, "#"), words == "Overview") for words in ("Overview", "API keys", "Webhooks", "Requests", "Events")
)


def developers() -> DevelopersPage:
    """Keys of which one is quiet, webhooks of which one was given up."""
    cards = (
        Card("keys", "API keys", "1 key was not used for 90 days.", "3", "keys work", (Action("Keys", "#", "key-round"),), "warn"),
        Card("webhooks", "Webhooks", "Every delivery is signed and can be sent again.", "2", "addresses listen", (Action("Deliveries", "#", "webhook"), Action("Add endpoint", "#", "plus"))),
        Card("reference", "REST API", "Every address with its fields, refusals and an example.", "", "", (Action("What the API can do", "#", "file-text"),)),
    )  # fmt: skip
    return DevelopersPage(cards, TABS, request_rows(), "https://till.halden-roe.example/api/v1/")


def requests() -> RequestLogPage:
    """The request log."""
    bar = FilterBar(
        "/developers/requests/",
        (Filter("method", "Method"), Filter("answer", "Answer")),
        search_hint="part of an address, or a correlation id",
    )
    frame = ListFrame(title="Requests", bar=bar, pager=Pager(shown=3), empty=EmptyState("webhook", "Nothing"))
    return RequestLogPage(frame, request_rows(), TABS, "Kept for 7 days. Bodies and query strings are never kept.")


def events() -> EventsPage:
    """Two events."""
    rows = (
        EventRow("1", AT, "payment.captured", "payment …77b5bd39", '{"payment_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "amount_minor": 15800, "currency": "EUR"}', "#"),
        EventRow("2", EARLIER, "order.placed", "order …0e90cda2", '{"order_id": "01a200e3"}', "#"),
    )  # fmt: skip
    frame = ListFrame(
        title="Events",
        bar=FilterBar("/developers/events/", (Filter("topic", "Event", "text"),)),
        pager=Pager(shown=2),
        empty=EmptyState("zap", "Nothing"),
    )
    return EventsPage(frame, rows, TABS)


PAGES = {
    "developers": ("merchant/accounts/developers.html", "webhooks", developers),
    "requests": ("merchant/accounts/requests.html", "webhooks", requests),
    "events": ("merchant/accounts/events.html", "webhooks", events),
    "audit": ("reports/audit_log/log.html", "audit", audit),
    "customers": ("reports/customer_service/list.html", "customers", customers),
    "customer": ("reports/customer_service/customer.html", "customers", customer),
    "customer-masked": ("reports/customer_service/customer.html", "customers", lambda: customer(is_masked=True)),
    "customer-join": ("reports/customer_service/join.html", "customers", join),
    "customer-erase": ("reports/customer_service/erase.html", "customers", erase),
}
