"""Sample pages of what is set, of gift cards, coupons, delivery, exchange rates and signs."""

from __future__ import annotations

from datetime import UTC, date, datetime

from merchant.accounts import discount_pages
from merchant.accounts.discount_limits import HeldLimit, Limit
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, FormPage, choices_of
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
)
from merchant.core.pages.rules import Rule, RulesPage, row_of
from merchant.ledger.rate_pages import FactRow, RateListPage, RatePage, RateRow
from merchant.merchants.settings_pages import SETTINGS_PAGES, SettingsHubPage
from orders.placing.coupon_pages import CouponListPage, CouponPage, CouponRow, CouponUseRow
from payments.after_sales.rules_pages import limits_row
from payments.checkout.delivery_pages import MethodListPage, MethodPage, MethodRow, RateFields
from payments.checkout.sign_pages import SignLine, SignListPage, SignPage, SignRow
from payments.routing.pages import AccountRow, RoutingPage, RuleRow
from payments.vouchers.pages import LiabilityRow, MovementRow, VoucherListPage, VoucherPage, VoucherRow
from payments.webhooks.pages import EventListPage, EventPage, EventRow

MADE = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
QR = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
BACK = Link("Settings", "/settings/")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def frame(url: str, hint: str, *filters: Filter, **changes: object) -> ListFrame:
    titles = {
        "/signs/": "Signs", "/coupons/": "Coupons", "/settings/delivery/": "Delivery", "/settings/exchange-rates/": "Exchange rates", "/gift-cards/": "Gift cards",
        "/gateway-events/": "Events of processors",
    }  # fmt: skip
    values = {
        "title": titles[url],
        "bar": FilterBar(url, filters=filters, search_hint=hint, clear_url=url),
        "pager": Pager(next_url=f"{url}?after=x", shown=4),
        "empty": EmptyState("tag", "Nothing here yet", "The first one appears here by itself."),
    }
    return ListFrame(**values | changes)  # type: ignore[arg-type]


def hub() -> SettingsHubPage:
    return SettingsHubPage(SETTINGS_PAGES)


def return_rules(*, is_refused: bool = False) -> RulesPage:
    limits = limits_row(
        value={"owner": None, "manager": None, "cashier": 3_000},
        own={"owner": None, "manager": None, "cashier": 3_000},
        source="Hamburg Altona",
        currency="EUR",
        locale="en_GB",
        posted=None,
    )
    hint = "Above it the customer gets store credit."
    cash = Rule("cash_max_minor", "Most that is given in cash without a receipt", "amount", hint=hint)  # type: ignore[arg-type]
    days = Rule("price_days", "Lowest price is looked for in the last", "number", unit="days")  # type: ignore[arg-type]
    common = {"currency": "EUR", "locale": "en_GB"}
    rows = (
        limits,
        row_of(cash, value=2_000, own=2_000, source="Hamburg Altona", **common),  # type: ignore[arg-type]
        row_of(days, value=30, own=None, source="Tillsyn's own", **common),  # type: ignore[arg-type]
    )
    return RulesPage(
        "Return rules, Hamburg Altona",
        "For this location alone. What is not set here comes from Halden & Roe.",
        "/settings/returns/1/",
        "sample",
        rows,
        (Link("All locations", "/settings/returns/"),),
        Link("Return rules", "/settings/returns/"),
        can_change=True,
        empty_hint="What is left empty comes from the next level.",
        changed_by="Mara Keller",
        changed_at=MADE,
        errors=("Cash: write the amount like 12.50. Nothing was changed.",) if is_refused else (),
    )


def discount_limits() -> RulesPage:
    held = {
        "owner": HeldLimit(Limit(), "default"),
        "manager": HeldLimit(Limit(5_000), "merchant"),
        "cashier": HeldLimit(Limit(1_000, 2_000), "merchant"),
        "register": HeldLimit(Limit(1_000), "default"),
    }
    rows = discount_pages.rows_of(held, merchant="Halden & Roe", currency="EUR", locale="en_GB")
    return RulesPage(
        "Discount limits",
        "What each takes off alone.",
        "/settings/discounts/",
        "sample",
        rows,
        (),
        BACK,
        can_change=True,
    )


def vouchers() -> VoucherListPage:
    cards = (
        ("…7KQ2", "Gift card", "active", 5_000),
        ("…M8ZP", "Store credit", "active", 1_250),
        ("…3VNF", "Gift card", "blocked", 2_500),
        ("…D2R8", "Gift card", "empty", 0),
        ("…9XW4", "Gift card", "expired", 0),
    )
    rows = tuple(
        VoucherRow(
            hint[1:], f"/gift-cards/{hint[1:]}/", hint, kind, status, eur(minor), MADE, MADE.date().replace(year=2030)
        )
        for hint, kind, status, minor in cards
    )
    owed = (
        LiabilityRow(eur(8_750), eur(8_750), eur(0)),
        LiabilityRow(Money(4_000, "CHF"), Money(3_900, "CHF"), Money(100, "CHF")),
    )
    listed = frame(
        "/gift-cards/", "last four characters of the code", Filter("status", "State"), export_url="/exports/new/"
    )
    return VoucherListPage(listed, rows, owed)


def voucher(*, is_blocked: bool = False) -> VoucherPage:
    status = "blocked" if is_blocked else "active"
    return VoucherPage(
        VoucherRow(
            "1", "/gift-cards/1/", "…7KQ2", "Gift card", status, eur(3_000), MADE, MADE.date().replace(year=2030)
        ),
        (Fact("Kind", "Gift card"), Fact("On the card", eur(3_000)), Fact("Made", MADE)),
        (
            MovementRow(MADE, "Paid with", eur(-2_000), "/orders/1/"),
            MovementRow(MADE, "Sold or topped up", eur(5_000), "/orders/2/"),
        ),
        is_blocked=is_blocked,
        can_manage=True,
        action_url="/gift-cards/1/block/",
        idempotency_key="sample",
        errors=("say why, in at most 120 characters",) if is_blocked else (),
    )


_REASON = "No payment 01K7Q3TKY9ZP is in the books"


def _event(number: str, topic: str, status: str, attempts: int, reason: str = _REASON) -> EventRow:
    return EventRow(
        number, f"/gateway-events/{number}/", topic, "Sandbox DE", "01K7Q3TKY9ZP", MADE, status, attempts, reason
    )


def gateway_events() -> EventListPage:
    rows = (
        _event("1", "payment.captured", "trying", 4),
        _event("2", "payment.refunded", "given_up", 18),
        _event(
            "3",
            "payment.captured",
            "given_up",
            18,
            "It was not understood: ValueError: 'landed_at' is no moment: " + "x" * 40,
        ),
        _event("4", "payment.voided", "put_aside", 18),
    )
    listed = frame("/gateway-events/", "", Filter("state", "State"), export_url="/exports/new/")
    return EventListPage(listed, rows)


def gateway_event(*, is_refused: bool = False) -> EventPage:
    row = _event("2", "payment.refunded", "given_up", 18)
    told = '{\n  "id": "evt_2",\n  "type": "payment.refunded",\n  "data": {\n    "reference": "01K7Q3TKY9ZP",\n    "holder": "•••",\n    "amount_minor": 2500\n  }\n}'
    return EventPage(
        row,
        (
            Fact("Gateway account", "Sandbox DE"),
            Fact("Came", MADE),
            Fact("Tries", "18"),
            Fact("Number of the event", "evt_2", is_identifier=True),
        ),
        told,
        Notice(
            "bad",
            f"{_REASON}.",
            "It is not tried by itself any more. No money was moved by it. Try it again, or put it aside.",
            "octagon-x",
        ),
        Action("Try again", "/gateway-events/2/retry/", "refresh-cw", "post", "primary", key="sample"),
        "/gateway-events/2/aside/",
        "sample",
        errors=("say why, in at most 200 characters",) if is_refused else (),
    )


def coupons() -> CouponListPage:
    found = (
        ("AUTUMN10", "Autumn letter", "10%", "214 of 500", "active"),
        ("HELLO5", "", "€5.00", "31", "used_up"),
        ("SHIPFREE", "First order", "Free delivery", "0", "coming"),
        ("SUMMER", "", "15%", "902", "over"),
        ("OOPS50", "Wrong part", "50%", "1", "ended"),
    )
    rows = tuple(
        CouponRow(code, f"/coupons/{code}/", code, name, takes, used, status, MADE, None)
        for code, name, takes, used, status in found
    )
    action = Action("New coupon", "/coupons/new/", "plus", tone="primary")
    return CouponListPage(frame("/coupons/", "code", Filter("status", "State"), actions=(action,)), rows)


def coupon() -> CouponPage:
    return CouponPage(
        coupons().rows[0],
        (Fact("Gives", "A part of the price off"), Fact("Valid from", MADE), Fact("Basket of at least", "€30.00")),
        (
            CouponUseRow("H-20418", "/orders/1/", MADE, eur(8_640), eur(960), None),
            CouponUseRow("H-20409", "/orders/2/", MADE, eur(3_600), eur(400), MADE),
        ),
        Pager(next_url="?after=x", shown=2),
        hidden=3,
        actions=(Action("End the coupon", "#", "ban", "post", "danger", "k"),),
    )


def new_coupon() -> FormPage:
    fields = (
        FormField("code", "Code", text="AUTUMN", is_required=True, hint="3 to 40 letters, digits, - and _."),
        FormField("kind", "What it gives", "choice", choices=choices_of((("percent", "A part of the price off"),))),
        FormField("percent", "Part of the price, in percent", "decimal", text="ten"),
        FormField("lines", "Articles", "lines", text="MUG-1 2"),
        FormField("uses_max", "Uses at most", "number"),
        FormField("ends_on", "Valid until, inclusive", "date", text="2026-12-24"),
        FormField("is_active", "In use", "tick", text="on"),
    )
    errors = ("Part of the price: write the part like 12.5, from 0 to 100.",)
    back = Link("Coupons", "/coupons/")
    return FormPage(
        "New coupon", back, "/coupons/new/", "sample", fields, "Make the coupon", "It holds at once.", errors
    )


def rate_list() -> RateListPage:
    rows = (
        RateRow("/settings/exchange-rates/1/", "CHF", "1.0625", date(2026, 11, 16)),
        RateRow("/settings/exchange-rates/2/", "SEK", "0.0884", date(2026, 11, 16)),
    )
    return RateListPage(frame("/settings/exchange-rates/", "currency"), rows, "EUR")


def rate() -> RatePage:
    facts = (
        FactRow("Captured", "/orders/1/", date(2026, 11, 20), Money(4_300, "CHF"), eur(4_569)),
        FactRow("Fees", "", date(2026, 11, 19), Money(120, "CHF"), eur(128)),
    )
    return RatePage(rate_list().rows[0], "EUR", date(2026, 11, 23), facts, "?after=x")


def delivery() -> MethodListPage:
    rows = (
        MethodRow("/settings/delivery/1/", "Parcel", "parcel", eur(490), eur(5_000), "DE, AT, SE", 3, is_active=True),
        MethodRow("/settings/delivery/2/", "Courier", "courier", eur(1_290), None, "Everywhere", 0, is_active=False),
    )
    action = Action("New way of delivery", "/settings/delivery/new/", "plus", tone="primary")
    return MethodListPage(frame("/settings/delivery/", "", actions=(action,)), rows)


def delivery_method() -> MethodPage:
    return MethodPage(
        row=delivery().rows[0],
        currency="EUR",
        fields=(FormField("name", "Name", text="Parcel", is_required=True), FormField("is_active", "Offered", "tick")),
        lines=(
            RateFields("1", "web", "Near", "DE, AT", "5000", "", "4.90"),
            RateFields("2", "", "Far", "SE", "", "30.00", "9.90"),
            RateFields("3"),
        ),
        channels=(("", "Every channel"), ("web", "Webshop")),
        terms_key="sample",
        rates_key="sample-rates",
        can_change=True,
        errors=("Line 2: write the amount like 12.50.",),
    )


def signs() -> SignListPage:
    rows = (
        SignRow("/signs/1/", "Table 7", "QR", "Hamburg Altona", "1 × CAKE, 1 × COFFEE", 214, True, MADE),
        SignRow("/signs/2/", "Stoneware bowl", "QR", "", "1 × BOWL-ST-22", 3, False, MADE),
    )
    return SignListPage(frame("/signs/", "label"), rows)


def sign(*, is_sold_out: bool = False) -> SignPage:
    price = None if is_sold_out else eur(420)
    return SignPage(
        row=signs().rows[0],
        address="https://pay.halden-roe.example/q/3f9aTq/",
        qr=QR,
        lines=(SignLine("CAKE", "Cinnamon bun", 1, price), SignLine("COFFEE", "Filter coffee", 1, eur(350))),
        total=None if is_sold_out else eur(770),
        facts=(Fact("Channel", "QR"), Fact("Made", MADE)),
        actions=(Action("End the sign", "#", "ban", "post", "danger", "k"),),
    )


RULES, FORM = "merchant/merchants/rules.html", "components/form_page.html"


def gateways() -> RoutingPage:
    none = (Choice("Any", ""),)
    rules = (
        RuleRow(1, "Large amounts to Adyen", "above €500.00, by card", "Adyen 100 %", True, True, False),
        RuleRow(2, "Share of the webshop", "Webshop, by card", "Stripe 70 %, Adyen 30 %", True, False, False),
        RuleRow(3, "Night", "22:00 to 06:00", "Stripe 100 %", False, False, True),
    )
    return RoutingPage(
        accounts=(
            AccountRow("Adyen Europe", "Adyen", "EUR", "healthy", True),
            AccountRow("Stripe", "Stripe", "EUR", "slow", True),
        ),
        rules=rules,
        version=4,
        made_text="Version 4 by Mara Keller",
        can_manage=True,
        methods=(Choice("Card", "card", True),),
        channels=none,
        stores=none,
        asked={},
        key="sample",
    )


PAGES = {
    "gateways": ("payments/routing/gateways.html", "gateways", gateways),
    "settings": ("merchant/merchants/settings.html", "settings", hub),
    "return-rules": (RULES, "settings", return_rules),
    "return-rules-refused": (RULES, "settings", lambda: return_rules(is_refused=True)),
    "discount-limits": (RULES, "settings", discount_limits),
    "gift-cards": ("payments/vouchers/list.html", "vouchers", vouchers),
    "gift-card": ("payments/vouchers/detail.html", "vouchers", voucher),
    "gift-card-blocked": ("payments/vouchers/detail.html", "vouchers", lambda: voucher(is_blocked=True)),
    "gateway-events": ("payments/webhooks/list.html", "webhooks", gateway_events),
    "gateway-event": ("payments/webhooks/detail.html", "webhooks", gateway_event),
    "gateway-event-refused": ("payments/webhooks/detail.html", "webhooks", lambda: gateway_event(is_refused=True)),
    "coupons": ("orders/placing/coupons.html", "coupons", coupons),
    "coupon": ("orders/placing/coupon.html", "coupons", coupon),
    "coupon-new": (FORM, "coupons", new_coupon),
    "exchange-rates": ("merchant/ledger/rates.html", "settings", rate_list),
    "exchange-rate": ("merchant/ledger/rate.html", "settings", rate),
    "delivery-methods": ("payments/checkout/delivery.html", "settings", delivery),
    "delivery-method": ("payments/checkout/delivery_method.html", "settings", delivery_method),
    "signs": ("payments/checkout/signs.html", "links", signs),
    "sign": ("payments/checkout/sign.html", "links", sign),
    "sign-sold-out": ("payments/checkout/sign.html", "links", lambda: sign(is_sold_out=True)),
}
