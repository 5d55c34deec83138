"""Sample pages: an invented merchant whose figures add up. Used by the rendering tests and the preview."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from inventory.stock.pages import StockListPage, StockRow
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, choices_of
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
)
from merchant.core.pages.shell import NAVIGATION, Person, ScopeMenu, Shell, build_navigation, current_locale
from merchant.messages.pages import AttemptRow, DeliveryPage, DeliveryRow, EndpointPage, EndpointRow, WebhooksPage
from orders.order.pages import OrderDetailPage, OrderLineRow, OrderListPage, OrderPaymentRow, OrderRow
from payments.after_sales.pages import CardBackRow, CardReturnPage, OrderRefundPage, TenderField
from payments.reconciliation.workbench.pages import (
    BatchHead,
    BookingLine,
    ComparedField,
    ComparisonRow,
    ExceptionPage,
    ExceptionRow,
    ResolveOption,
    Tally,
    Work,
    WorkbenchPage,
)
from payments.records.pages import (
    OperationRow,
    PaymentDetailPage,
    PaymentListPage,
    PaymentRow,
    RefundDialogPage,
    RefundLine,
)
from payments.settlement.pages import ImportDetailPage, ImportListPage, ImportRow, RefusedLine, UploadForm
from reports.exports.pages import ExportForm, ExportListPage, ExportRow
from reports.overview.charts import TakingsPoint
from reports.overview.pages import ChannelShare, GatewayRow, HomePage, NeedRow, StoreRow
from reports.search.print_views import PrintPage, Sheet, SheetLine
from terminals.live.pages import StateCount, TerminalTile, WallEvent, WallPage, WallStore
from terminals.pos.pages import CardRow, LandedRow, OfflinePage, RefusedRow, RiskRow
from tests.browser import (
    accounting_samples,
    bill_samples,
    brand_samples,
    counter_samples,
    desk_samples,
    fee_samples,
    goods_samples,
    import_samples,
    people_samples,
    report_samples,
    service_samples,
    settings_samples,
    setup_samples,
    shell_samples,
)

NOW = datetime(2026, 11, 21, 13, 2, 33, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def chf(minor: int) -> Money:
    return Money(minor, "CHF")


def at(clock: str, days: int = 0) -> datetime:
    """The moment when clocks in Berlin showed `clock`, `days` before the sample day."""
    hour, minute, *second = (int(part) for part in clock.split(":"))
    moment = datetime(2026, 11, 21, hour - 1, minute, second[0] if second else 0, tzinfo=UTC)
    return moment - timedelta(days=days)


def shell(current: str, *, locale: str = "") -> Shell:
    counts = {"payments": 4, "terminals": 2, "reconciliation": 7, "disputes": 1, "day_close": 1}
    keys = {key for _, entries in NAVIGATION for key, *_ in entries}
    return Shell(
        merchant_name="Halden & Roe",
        merchant_mark="H&R",
        merchant_note="5 stores · webshop",
        navigation=build_navigation(current=current, allowed=keys, counts=counts),
        scopes=(
            ScopeMenu(
                "Location", "store", "All locations", (Link("All locations", "?"), Link("Berlin Mitte", "?store=1"))
            ),
            ScopeMenu("Channel", "globe", "All channels", (Link("All channels", "?"), Link("Webshop", "?channel=web"))),
        ),
        zone="Europe/Berlin",
        locale=locale or current_locale(),
        person=Person("Mara Keller", "MK", "Manager, all locations"),
        now=NOW,
        inbox_url="/inbox/",
        inbox_count=6,
        live_topics=("payments", "terminals"),
        live_seq=41,
    )


def frame(hint: str, *filters: Filter, **changes: object) -> ListFrame:
    bar = FilterBar(
        url="?",
        filters=filters,
        views=changes.pop("views", ()),  # type: ignore[arg-type]
        search_hint=hint,
        clear_url="?",
    )
    values: dict[str, object] = {
        "bar": bar,
        "pager": Pager(next_url="?after=x", shown=15),
        "empty": EmptyState(
            "credit-card", "Nothing here yet", "The first one appears here by itself.", Action("Learn how", "#")
        ),
        "export_url": "?export",
    }
    return ListFrame(**{**values, **changes})  # type: ignore[arg-type]


def trail(reached: int, word: str, *, is_held: bool = False) -> TrailMarks:
    states = ["done"] * reached + ["none"] * (4 - reached)
    if is_held:
        states[3] = "held"
    return TrailMarks(tuple(states), word)


def home() -> HomePage:
    past = (
        50_000,
        116_000,
        208_000,
        305_000,
        428_000,
        578_300,
        744_000,
        901_000,
        1_038_000,
        1_150_000,
        1_222_000,
        1_271_500,
    )
    today = (42_000, 119_000, 214_000, 317_000, 466_000, 649_930)
    points = tuple(
        TakingsPoint(f"{9 + index:02}:00", eur(total), eur(today[index]) if index < len(today) else None)
        for index, total in enumerate(past)
    )
    channels = (
        ("Stores", 381_240, "58.7%"),
        ("Webshop", 172_915, "26.6%"),
        ("Marketplaces", 58_430, "9.0%"),
        ("Payment links", 24_585, "3.8%"),
        ("Phone", 12_760, "2.0%"),
    )
    stores = (
        ("Berlin Mitte", 148_260, 96, 1_544, "warn", "circle-question-mark", "1 unknown", "08:52", 0),
        ("Hamburg Altona", 91_475, 61, 1_500, "bad", "wifi-off", "1 of 3 offline", "08:58", 2),
        ("Wien Neubau", 78_330, 52, 1_506, "good", "circle-check", "3 of 3 online", "09:01", 1),
        ("Zürich Kreis 5", 43_115, 24, 1_796, "good", "circle-check", "2 of 2 online", "09:30", 0),
        ("Pop-up Leipzig", 20_060, 17, 1_180, "back", "download", "1 updating", "10:04", 0),
    )
    return HomePage(
        business_date=date(2026, 11, 21),
        compared_with="compared with Saturday 14 November, same hour",
        takings=eur(649_930),
        takings_also=(),
        stats=(
            Stat("vs last Saturday", "+12.4%", tone="good", icon="trending-up"),
            Stat("Orders", "427", "/orders/"),
            Stat("Average order", eur(1_522)),
            Stat("Refunded", eur(38_290), "/payments/?status=refunded"),
        ),
        points=points,
        day_label="Today",
        past_label="Sat 14 Nov",
        channels=tuple(
            ChannelShare(name, eur(minor), share, minor * 1000 // channels[0][1], f"/payments/?channel={name.lower()}")
            for name, minor, share in channels
        ),
        needs=(
            NeedRow(
                "1",
                "bad",
                "wifi-off",
                "Altona 2",
                "offline for 14 min",
                "Last card payment 13:46. Till 2 is taking cash only.",
                Link("Open", "/terminals/"),
            ),
            NeedRow(
                "2",
                "bad",
                "circle-question-mark",
                eur(8_640),
                "outcome unknown, Mitte 1",
                "Gateway asked 2 of 5 times. Customer still at the till.",
                Link("Watch", "/payments/1/"),
            ),
            NeedRow(
                "3",
                "warn",
                "landmark",
                eur(920_811),
                "payout not in bank",
                "Adyen, expected Fri 20 Nov 18:00.",
                Link("Trace", "/payouts/1/"),
            ),
            NeedRow(
                "4",
                "warn",
                "equal-not",
                eur(-14_210),
                "in 7 exceptions",
                "Adyen batch 20 Nov. 3 have a suggested match.",
                Link("Resolve", "/reconciliation/"),
            ),
            NeedRow(
                "5",
                "info",
                "flag",
                eur(24_900),
                "dispute, due Mon 23 Nov",
                "Reason: goods not received. 3 of 4 documents attached.",
                Link("Add proof", "/disputes/1/"),
            ),
            NeedRow(
                "6",
                "info",
                "moon",
                "Wien Neubau",
                "Friday not closed",
                "Cash counted, waiting for a manager.",
                Link("Approve", "/day-close/"),
            ),
        ),
        needs_count=6,
        flow=(
            FlowBox(
                "idle",
                "contrast",
                "Authorised, not captured",
                (eur(184_250), chf(12_650)),
                "13 payments",
                "/payments/?status=authorised",
            ),
            FlowBox("info", "credit-card", "Captured, with processor", (eur(2_416_380),), "3 gateways"),
            FlowBox("warn", "clock-fading", "Payout sent, not in bank", (eur(920_811),), "1 payout, late", "/payouts/"),
            FlowBox("warn", "square-dashed", "In the bank, unmatched", (eur(314_275),), "2 statement lines"),
            FlowBox("good", "circle-check", "Reconciled this month", (eur(21_844_096),), "98.9% automatic"),
        ),
        flow_note="every payment since 1 November sits in exactly one box",
        stores=tuple(
            StoreRow(name, "/payments/?store=1", eur(takings), orders, eur(average), tone, icon, word, at(opened), low)
            for name, takings, orders, average, tone, icon, word, opened, low in stores
        ),
        gateways=(
            GatewayRow("Adyen", "Stores, webshop", "98.4%", "97.9%", "healthy"),
            GatewayRow("Stripe", "Webshop, links", "96.1%", "96.4%", "healthy"),
            GatewayRow("Sandbox", "iDEAL", "91.2%", "97.0%", "slow"),
        ),
        gateways_note="Since 13:20 iDEAL goes through Adyen by rule “Failover below 93%”.",
        inbox_url="/inbox/",
        export_url="/exports/new/",
        actions=(Action("Take a payment", "/payments/new/", "plus", tone="primary"),),
    )


def home_empty() -> HomePage:
    return HomePage(
        business_date=date(2026, 11, 21),
        compared_with="",
        takings=eur(0),
        takings_also=(),
        stats=(Stat("Orders", "0"),),
        points=(),
        day_label="Today",
        past_label="",
        channels=(),
        needs=(),
        needs_count=0,
        flow=(),
        flow_note="",
        stores=(),
        gateways=(),
        checklist=setup_samples.checklist(),
    )


PAYMENTS = (
    ("14:02", 0, eur(8_640), "unknown", "Visa", "•4242", "H-20418", "Berlin Mitte", "store", trail(0, "None yet")),
    ("14:01", 0, eur(24_900), "captured", "Mastercard", "•8210", "W-88231", "Webshop", "globe", trail(1, "Captured")),
    ("14:00", 0, eur(1_890), "captured", "Girocard", "•0917", "H-20417", "Berlin Mitte", "store", trail(1, "Captured")),
    ("13:58", 0, eur(6_580), "captured", "Visa", "•1881", "H-20416", "Hamburg Altona", "store", trail(1, "Captured")),
    (
        "13:57",
        0,
        chf(12_650),
        "authorised",
        "TWINT",
        "",
        "W-88230",
        "Collect, Zürich",
        "shopping-bag",
        trail(0, "None yet"),
    ),
    ("13:55", 0, eur(4_320), "declined", "Amex", "•3005", "L-1177", "Payment link", "link", trail(0, "None yet")),
    (
        "13:46",
        0,
        eur(15_800),
        "partly_refunded",
        "Visa",
        "•4242",
        "H-20398",
        "Hamburg Altona",
        "store",
        trail(1, "Captured"),
    ),
    ("13:44", 0, eur(3_495), "captured", "PayPal", "", "W-88226", "Webshop", "globe", trail(1, "Captured")),
    (
        "13:40",
        0,
        eur(5_480),
        "refunded",
        "Mastercard",
        "•5100",
        "H-20391",
        "Wien Neubau",
        "store",
        trail(1, "Captured"),
    ),
    ("13:38", 0, eur(2_240), "captured", "Cash", "", "H-20390", "Wien Neubau", "store", trail(1, "Captured")),
    (
        "13:30",
        0,
        Money(12_800, "JPY"),
        "captured",
        "Visa",
        "•0311",
        "W-88219",
        "Webshop",
        "globe",
        trail(1, "Captured"),
    ),
    (
        "11:20",
        1,
        eur(24_900),
        "disputed",
        "Visa",
        "•7719",
        "W-87540",
        "Webshop",
        "globe",
        trail(3, "On hold", is_held=True),
    ),
    ("10:52", 1, eur(11_200), "captured", "Visa", "•0043", "P-0312", "Phone order", "phone", trail(4, "Reconciled")),
    (
        "10:00",
        1,
        eur(9_820),
        "captured",
        "SEPA debit",
        "DE…44",
        "S-0077",
        "Subscription",
        "repeat",
        trail(2, "Settled"),
    ),
    ("09:48", 1, eur(6_415), "pending", "Bank transfer", "", "M-5530", "Marketplace", "tag", trail(0, "None yet")),
)


def payment_list() -> PaymentListPage:
    status = Filter(
        "status",
        "Status",
        choices=(Choice("Paid", "captured"), Choice("Declined", "declined"), Choice("Outcome unknown", "unknown")),
    )
    bar = (
        Filter(
            "date",
            "Date",
            "range",
            "20–21 Nov",
            "?amount_from=10",
            value="2026-11-20",
            value_to="2026-11-21",
            input_type="date",
        ),
        Filter("amount", "Amount", "range", "over €10", "?date_from=2026-11-20", value="10", input_type="text"),
        status,
        Filter("store", "Location", choices=(Choice("Berlin Mitte", "1"), Choice("Hamburg Altona", "2"))),
        Filter("method", "Method", choices=(Choice("Visa", "visa"),)),
        Filter("gateway", "Gateway", choices=(Choice("Adyen", "adyen"),)),
    )
    views = (
        SavedView("All", "?", True),
        SavedView("Needs action", "?view=action", count="4"),
        SavedView("To capture", "?view=capture", count="12"),
        SavedView("Declined", "?view=declined"),
        SavedView("Refunds", "?view=refunds"),
    )
    totals = (
        TotalLine(
            "EUR",
            (
                Stat("Paid", eur(6_421_055)),
                Stat("Refunded", eur(-131_020)),
                Stat("Fees so far", eur(-72_318)),
                Stat("Net", eur(6_217_717)),
            ),
        ),
        TotalLine("CHF", (Stat("Paid", chf(184_570)),)),
    )
    rows = tuple(
        PaymentRow(
            str(number),
            f"/payments/{number}/",
            at(clock, days),
            amount,
            state,
            method,
            hint,
            order,
            "/orders/1/",
            place,
            icon,
            steps,
        )
        for number, (clock, days, amount, state, method, hint, order, place, icon, steps) in enumerate(PAYMENTS)
    )
    action = Action("Take a payment", "/payments/new/", "plus", tone="primary")
    page_frame = frame(
        "amount:>10 or name, e-mail, order, card •4242, gateway reference",
        *bar,
        views=views,
        totals=totals,
        totals_url="?totals",
        live_topic="payments",
        bulk=(Action("Export", "#", "upload", "post", key="1"),),
        actions=(action,),
    )
    return PaymentListPage(page_frame, rows)


def payment_detail() -> PaymentDetailPage:
    steps = (
        TrailStep("Captured", "done", at("13:46"), amount=eur(15_800)),
        TrailStep("Settled", "next", date(2026, 11, 23), "in batch 1123"),
        TrailStep("Paid out", "none", date(2026, 11, 24), "to DE…3300"),
        TrailStep("Reconciled"),
    )
    return PaymentDetailPage(
        id="6",
        amount=eur(15_800),
        status="partly_refunded",
        rest_text="€38.00 refunded",
        can_refund=eur(12_000),
        trail=Trail(steps),
        title="Payment H-20398",
        page_url="/payments/6/",
        previous_url="#",
        next_url="#",
        facts=(
            Fact("Customer", "Ines Albrecht", "/customers/1/"),
            Fact("Order", "H-20398", "/orders/1/", "4 items"),
            Fact("Taken at", "Hamburg Altona, Till 2, terminal Altona 1"),
            Fact("Method", "Visa debit •4242, chip and PIN"),
            Fact("Fees", eur(47), note="interchange++ · estimate until settled"),
            Fact("Route", "Adyen by rule “In store, EU cards”", "#"),
            Fact("Identifier", "019396a0-7c1e-7d44-9a0e-3f6f0d1b2a77", is_identifier=True),
        ),
        timeline=(
            TimelineEntry(
                at("14:03:11"),
                "Refund accepted by Adyen",
                "Money reaches the card in 3–5 working days.",
                "back",
                "undo-2",
                eur(3_800),
                "7QK2XH9F",
            ),
            TimelineEntry(
                at("14:02:58"),
                "Refund asked for by Jonas Brandt",
                "Damaged item (1 × Stoneware bowl). Approved by Mara Keller, limit €25.",
                "idle",
                "users",
                eur(3_800),
            ),
            TimelineEntry(
                at("13:46:40"), "Captured", "Automatic capture at the till", "info", "credit-card", eur(15_800)
            ),
            TimelineEntry(
                at("13:46:39"), "Approved by Adyen", "Chip and PIN · 2.1 s on terminal Altona 1", "good", "circle-check"
            ),
            TimelineEntry(
                at("13:45:57"),
                "Terminal Altona 2 lost its connection",
                "Nothing was sent to the bank. Payment moved to Altona 1.",
                "bad",
                "wifi-off",
            ),
            TimelineEntry(
                at("13:45:31"),
                "Order H-20398 sent to terminal Altona 2",
                "Till 2, Jonas Brandt",
                "idle",
                "receipt-text",
            ),
        ),
        operations=(
            OperationRow("Refund", "succeeded", eur(3_800), at("14:02:59"), "op_019396a8", "7QK2XH9F", "Adyen"),
            OperationRow("Capture", "succeeded", eur(15_800), at("13:46:40"), "op_019396a1", "8816218744102", "Adyen"),
            OperationRow(
                "Authorise", "succeeded", eur(15_800), at("13:46:37"), "op_019396a0", "8816218744101", "Adyen"
            ),
        ),
        actions=(
            Action("Refund", "/payments/6/refund/", "undo-2", "dialog", "primary", shortcut="r"),
            Action("Receipt", "#", "receipt-text"),
        ),
        raw_log=('{"event": "REFUND", "success": true, "pspReference": "7QK2XH9F"}',),
    )


def payment_unknown() -> PaymentDetailPage:
    waiting = Notice(
        "warn",
        "€86.40 has no answer yet.",
        "The card may have been charged. We keep asking Adyen until 14:06; do not charge again.",
        "circle-question-mark",
        Action("Ask now", "#", method="post", key="k"),
    )
    return PaymentDetailPage(
        id="0",
        amount=eur(8_640),
        status="unknown",
        rest_text="",
        can_refund=None,
        trail=trail(0, "None yet"),
        title="Payment H-20418",
        facts=(Fact("Order", "H-20418", "/orders/2/"), Fact("Terminal", "Mitte 1")),
        notice=waiting,
        timeline=(
            TimelineEntry(
                at("14:02:31"),
                "No answer from Adyen after 30 s",
                "Asking for the outcome.",
                "warn",
                "circle-question-mark",
            ),
        ),
        operations=(
            OperationRow(
                "Authorise", "unknown", eur(8_640), at("14:02:01"), "op_019396b1", "", "Adyen", "asked 2 of 5 times"
            ),
        ),
    )


def refund_dialog() -> RefundDialogPage:
    return RefundDialogPage(
        action_url="/payments/6/refund/",
        payment_title="H-20398",
        amount_max=eur(12_000),
        amount_max_text="120.00",
        goes_to="the card Visa •4242, in 3–5 working days",
        reasons=(("damaged", "Damaged item"), ("returned", "Returned"), ("goodwill", "Goodwill")),
        version="3",
        idempotency_key="a-key",
        limit=eur(2_500),
        needs_approval=True,
        approver="Mara Keller",
        lines=(
            RefundLine("1", "Stoneware bowl", eur(3_800), 1),
            RefundLine("2", "Linen napkins, set of 4", eur(4_100), 2),
        ),
        entered_amount="130.00",
        errors=("Only €120.00 can still be refunded: €38.00 of €158.00 went back at 14:03. Nothing was refunded now.",),
    )


def order_refund_dialog() -> OrderRefundPage:
    return OrderRefundPage(
        action_url="/orders/6/refund/",
        order_number="H-20398",
        amount_max=eur(15_800),
        amount_max_text="158.00",
        entered_amount="100.00",
        tenders=(
            TenderField("1", "Visa •4242", eur(12_000), "100.00", ""),
            TenderField("2", "Gift card", eur(0), "", "all of it went back"),
            TenderField("3", "Cash", eur(3_800), "", ""),
        ),
        lines=(
            RefundLine("1", "Stoneware bowl", eur(3_800), 1),
            RefundLine("2", "Linen napkins, set of 4", eur(4_100), 2),
        ),
        reasons=(("damaged", "Damaged item"), ("returned", "Returned"), ("goodwill", "Goodwill")),
        version="3",
        idempotency_key="a-key",
        limit=eur(2_500),
        errors=("The parts come to €90.00, the refund to €100.00. Nothing was refunded.",),
    )


def card_return() -> CardReturnPage:
    return CardReturnPage(
        action_url="/orders/6/card-return/",
        back_url="/orders/6/",
        order_number="H-20398",
        cards=(
            CardBackRow("1", "7QX2", eur(5_000), "€50.00", ""),
            CardBackRow("2", "0K9M", eur(1_850), "€18.50", ""),
            CardBackRow("3", "P4TT", eur(0), "", "its money is spent"),
        ),
        reasons=(("returned", "Returned goods"), ("mistake", "Mistake at the till")),
        idempotency_key="a-key",
        entered_reason="returned",
        errors=("€18.50 of this order's money is unspent on gift card …0K9M, not €25.00. Nothing was refunded.",),
    )


def offline() -> OfflinePage:
    return OfflinePage(
        risks=(
            RiskRow("On gift cards that were taken offline", eur(4_350), 2, at("09:12")),
            RiskRow("In sales that were refused and wait in a tablet", eur(61_200), 1, at("10:40")),
        ),
        cards=(
            CardRow("1", "/orders/1/", "…7QX2", "Hamburg Altona", eur(5_000), eur(1_850), "the card has not enough money", at("09:12"), "a", "b"),
            CardRow("2", "/orders/2/", "…0K9M", "Berlin Mitte", eur(2_500), eur(2_500), "no such card", at("11:02"), "c", "d"),
        ),
        refused=(
            RefusedRow("Counter tablet", "Berlin Mitte, Till 2", eur(61_200), "This till may not take that offline: too much cash in one sale.", at("10:40")),
        ),
        landed=(
            LandedRow("/orders/3/", "Till 1-2041", "Hamburg Altona", eur(3_800), "", at("09:58"), at("11:20")),
            LandedRow("/orders/5/", "Till 1-2043", "Hamburg Altona", eur(4_680), "paid twice: order H-20418 has €46.80 for the same goods; give one of them back", at("10:07"), at("11:20")),
            LandedRow("/orders/4/", "Till 1-2042", "Hamburg Altona", eur(8_200), "printed as 2041; oversold: 1 × NAP-LI-4", at("10:03"), at("11:20")),
        ),
        can_settle=True,
    )  # fmt: skip


def order_list() -> OrderListPage:
    rows = (
        (
            "H-20418",
            "14:02",
            0,
            eur(8_640),
            "open",
            "unknown",
            "unfulfilled",
            "",
            "In store",
            "store",
            "Berlin Mitte",
            2,
        ),
        ("W-88231", "14:01", 0, eur(24_900), "open", "paid", "picking", "Tom Sievers", "Webshop", "globe", "", 1),
        (
            "W-88230",
            "13:57",
            0,
            chf(12_650),
            "open",
            "secured",
            "ready",
            "Nina Roth",
            "Collect",
            "shopping-bag",
            "Zürich",
            3,
        ),
        ("L-1177", "13:55", 0, eur(4_320), "open", "unpaid", "unfulfilled", "Ada Lang", "Payment link", "link", "", 1),
        (
            "H-20398",
            "13:45",
            0,
            eur(15_800),
            "completed",
            "partly_refunded",
            "fulfilled",
            "Ines Albrecht",
            "In store",
            "store",
            "Hamburg Altona",
            4,
        ),
        ("W-87540", "11:20", 1, eur(24_900), "completed", "paid", "shipped", "Ole Brandt", "Webshop", "globe", "", 1),
        ("P-0312", "10:52", 1, eur(11_200), "cancelled", "refunded", "returned", "Ute Kranz", "Phone", "phone", "", 2),
    )
    filters = (
        Filter("payment", "Payment", shown="open", remove_url="?", choices=(Choice("Not paid", "unpaid", True),)),
        Filter("handover", "Hand-over"),
        Filter("channel", "Channel"),
    )
    return OrderListPage(
        frame(
            "order number, customer, SKU",
            *filters,
            live_topic="orders",
            bulk=(
                Action("Ready to collect", "#", "package-check", "post", key="1"),
                Action("Export", "#", "upload", "post"),
            ),
        ),
        tuple(
            OrderRow(
                str(index),
                f"/orders/{index}/",
                number,
                at(clock, days),
                total,
                state,
                paid,
                handed,
                customer,
                channel,
                icon,
                place,
                items,
            )
            for index, (
                number,
                clock,
                days,
                total,
                state,
                paid,
                handed,
                customer,
                channel,
                icon,
                place,
                items,
            ) in enumerate(rows)
        ),
    )


def order_detail() -> OrderDetailPage:
    return OrderDetailPage(
        id="4",
        number="H-20398",
        placed_at=at("13:45"),
        total=eur(15_800),
        status="completed",
        payment_status="partly_refunded",
        fulfilment_status="fulfilled",
        lines=(
            OrderLineRow("BOWL-ST-22", "Stoneware bowl", "glaze: sea", 1, eur(3_800), "19%", eur(3_800), 1, 1),
            OrderLineRow("NAP-LI-4", "Linen napkins, set of 4", "", 2, eur(4_100), "19%", eur(8_200), 2),
            OrderLineRow("JAM-QU", "Quince jam", "", 4, eur(950), "7%", eur(3_800), 4),
        ),
        sums=(
            Stat("Net", eur(13_635)),
            Stat("VAT 19% on €100.84", eur(1_916)),
            Stat("VAT 7% on €35.51", eur(249)),
            Stat("Total", eur(15_800), tone="total"),
        ),
        payments=(OrderPaymentRow("/payments/6/", at("13:46"), "Visa •4242", eur(15_800), "partly_refunded"),),
        facts=(
            Fact("Customer", "Ines Albrecht", "#"),
            Fact("Channel", "In store"),
            Fact("Place", "Hamburg Altona, Till 2"),
            Fact("Staff", "Jonas Brandt"),
        ),
        documents=(Fact("Receipt", "ALT-2-004418", "#"), Fact("Credit note", "CN-2026-0098", "#")),
        timeline=(
            TimelineEntry(at("14:03:11"), "Refunded", "Damaged item", "back", "undo-2", eur(3_800)),
            TimelineEntry(at("13:46:41"), "Handed over", "All items, at the till", "good", "package-check"),
            TimelineEntry(at("13:45:31"), "Placed", "Till 2, Jonas Brandt"),
        ),
        actions=(Action("Return items", "#", "undo-2", "dialog"), Action("Receipt", "#", "receipt-text")),
    )


def pick_lists() -> PrintPage:
    """Two orders to pick, one that has nothing left."""
    napkins = SheetLine(2, "Linen napkins, set of 4", "NAP-LI-4", "Hamburg Altona")
    bowl, jam = SheetLine(1, "Stoneware bowl", "BOWL-ST-22", "Berlin Mitte"), SheetLine(4, "Quince jam", "JAM-QU", "")
    facts = (Fact("Customer", "Ines Albrecht"), Fact("Channel", "Webshop"), Fact("Delivery", "Parcel"))
    return PrintPage(
        "2 orders",
        "1 order has nothing left to pick.",
        (Sheet("W-88231", at("14:01"), facts, (napkins, bowl)), Sheet("W-88219", at("13:30"), facts, (jam,))),
    )


def tile(number: int, name: str, state: str, step: str, detail: str, **more: object) -> TerminalTile:
    return TerminalTile(str(number), name, f"/terminals/{number}/", state, step, detail, **more)  # type: ignore[arg-type]


def wall() -> WallPage:
    cancel = (Action("Cancel payment", "#", method="post", key="k"),)
    mitte = (
        tile(
            1,
            "Mitte 1",
            "unknown",
            "Asked Adyen 2 of 5 times",
            "H-20418 · Lea Vogt",
            screen_text="Checking",
            screen_icon="circle-question-mark",
            amount=eur(8_640),
            warning="Do not charge again.",
            actions=(Action("Ask now", "#", method="post", key="k"), Action("Call manager", "#")),
        ),
        tile(
            2,
            "Mitte 2",
            "in_payment",
            "Waiting for card",
            "H-20424 · Lea Vogt",
            screen_text="Tap or insert",
            screen_icon="nfc",
            amount=eur(4_180),
            since=NOW - timedelta(seconds=4),
            actions=cancel,
        ),
        tile(3, "Mitte 3", "ready", "Last 14:01 · €18.90", "Wi-Fi 82% · v4.12.1", screen_text="Welcome"),
        tile(4, "Mitte 4", "ready", "Last 13:58 · €61.20", "Wi-Fi 76% · battery 94%", screen_text="Welcome"),
    )
    altona = (
        tile(
            5,
            "Altona 1",
            "in_payment",
            "PIN entry",
            "H-20422 · Jonas Brandt",
            screen_text="Enter PIN",
            screen_icon="lock",
            amount=eur(11_200),
            since=NOW - timedelta(seconds=11),
            actions=cancel,
        ),
        tile(
            6,
            "Altona 2",
            "offline",
            "Last seen 13:48",
            "Lost Wi-Fi “HR-Store”. Till 2 cash only.",
            actions=(Action("Fix it", "#"), Action("Use Altona 1", "#")),
        ),
        tile(
            7,
            "Altona 3",
            "needs_care",
            "Battery 9%, not charging",
            "Last 13:31 · €42.00",
            screen_text="Welcome",
            actions=(Action("Remind staff", "#"),),
        ),
    )
    leipzig = (
        tile(
            8,
            "Leipzig 1",
            "updating",
            "v4.11.9 to v4.12.1 · 1 min left",
            "Started by Mara Keller",
            screen_text="Update 62%",
            screen_icon="download",
        ),
    )
    events = (
        (
            "14:02:31",
            "Mitte 1",
            "No answer from Adyen after 30 s. Asking for the outcome.",
            "warn",
            "circle-question-mark",
        ),
        ("14:02:27", "Altona 1", "Card read, waiting for PIN, €112.00", "info", "lock"),
        ("14:01:58", "Mitte 3", "Approved €18.90, Girocard •0917", "good", "circle-check"),
        ("13:48:02", "Altona 2", "Connection lost. No payment was open.", "bad", "wifi-off"),
    )
    counts = (("ready", 2), ("in_payment", 2), ("unknown", 1), ("offline", 1), ("needs_care", 1), ("updating", 1))
    return WallPage(
        note="8 at 3 locations",
        counts=tuple(StateCount(state, count, f"?state={state}") for state, count in counts),
        stores=(
            WallStore("Berlin Mitte", "Open since 08:52 · 96 payments", mitte),
            WallStore("Hamburg Altona", "Open since 08:58 · 61 payments", altona),
            WallStore("Pop-up Leipzig", "Open since 10:04", leipzig),
        ),
        events=tuple(
            WallEvent(str(index), at(clock), name, text, tone, icon)
            for index, (clock, name, text, tone, icon) in enumerate(events)
        ),
        empty=EmptyState(
            "calculator",
            "No terminal yet",
            "Pair the first one with the code on its screen.",
            Action("Add terminal", "#", "plus", tone="primary"),
        ),
        actions=(Action("Wall mode", "?wall", "monitor"), Action("Add terminal", "#", "plus", tone="primary")),
        notices=(
            Notice(
                "warn",
                "Mitte 1: €86.40 has no answer yet.",
                "The card may have been charged. The till is locked for this order and we keep asking Adyen until 14:06, then a manager decides with the bank’s record on screen.",
                "circle-question-mark",
            ),
        ),
    )


def exception() -> ExceptionPage:
    booking = (
        BookingLine("6855 Payment differences", debit=eur(1_000)),
        BookingLine("1362 Adyen clearing", credit=eur(1_000)),
    )
    return ExceptionPage(
        id="2",
        kind="amount",
        title="Adyen settled €10.00 less than our ledger",
        subtitle="Payment H-20301, Hamburg Altona, Fri 20 Nov, Jonas Brandt",
        payment_url="/payments/9/",
        their_title="Adyen report, line 207",
        fields=(
            ComparedField("Amount", eur(6_800), eur(5_800), "differs"),
            ComparedField("Currency", "EUR", "EUR", "equal"),
            ComparedField("Merchant reference", "H-20301", "H-20301", "equal"),
            ComparedField("Gateway reference", "8816 2187 4410 221X", "8816 2187 4410 221X", "equal"),
            ComparedField("Card", "Mastercard •6120", "mc •6120", "equal"),
            ComparedField("Event", "Captured 20 Nov 17:42", "Settled 20 Nov 23:59", "equal"),
            ComparedField("Terminal", "Altona 1", "P400Plus-80…4417", "equal"),
            # The longest name such a row has in any language.
            ComparedField("Autorisierungscode", "087321", "087321", "equal"),
            ComparedField("Fee", eur(31), eur(29), "near", "estimate"),
        ),
        explanation="The till added a tip of €10.00 after approval, but the capture sent to Adyen was €58.00. The same gap occurred on 2 other Altona payments this month.",
        events=("17:41:52 Authorised €58.00", "17:42:10 Tip €10.00 added at Till 1", "17:42:11 Capture sent €58.00"),
        options=(
            ResolveOption(
                "claim",
                "Claim it from the gateway",
                "Stands as a claim until the processor pays it back.",
                3,
                booking=booking,
            ),
            ResolveOption(
                "write_off", "Accept €58.00, book the €10.00", "Ledger keeps both figures.", 1, True, booking
            ),
            ResolveOption("link", "Match another line", "Search the report and the ledger.", 4),
            ResolveOption("wait", "Wait", "Look again on the next report.", 6, day="2026-11-28"),
        ),
        action_url="#",
        idempotency_key="a-key",
        version="1",
        limit_notice=Notice("info", "€20.00 of your €50.00 a day are left.", "No second person needed.", "lock"),
        work=Work(
            owner="Mara Keller",
            age="2 days",
            due="due Wed 25 Nov",
            is_overdue=False,
            waits="",
            assign_url="#",
            note_url="#",
            assign_key="a-key",
            note_key="a-key",
            owners=(Choice("Mara Keller", "1", True), Choice("Jonas Brandt", "2")),
            due_on="",
            history=(TimelineEntry(NOW, "Note by Mara Keller", "Asked the processor.", "idle", "pencil"),),
        ),
    )


def workbench() -> WorkbenchPage:
    rows = (
        ("missing_in_report", -11_200, "H-20344", "Visa •0043, Mitte 2", "Found in batch 1123", "97% sure"),
        ("amount", -1_000, "H-20301", "Mastercard •6120, Altona 1", "Tip never captured", "88% sure"),
        ("duplicate", 4_500, "H-20288", "Visa •1881, Neubau 1", "Same reference, 2 lines", "99% sure"),
        ("not_ours", 3_500, "8816 2190 …", "Girocard •5521, Kreis 1", "No match", ""),
        ("refund_not_ours", -5_500, "8816 2203 …", "Made in Adyen by “ops@”", "Order H-20262?", "71% sure"),
        ("fee", -3_010, "41 lines", "Amex, new price from 1 Nov", "Contract change", "92% sure"),
        ("fx", -1_500, "W-88102", "CHF 412.00 at 1.0412", "Over 0.5% tolerance", "64% sure"),
    )
    comparison = (
        ComparisonRow("Sales", eur(2_491_840), eur(2_486_140), eur(-5_700)),
        ComparisonRow("Refunds", eur(-61_280), eur(-66_780), eur(-5_500)),
        ComparisonRow("Fees", eur(-35_210), eur(-38_220), eur(-3_010)),
        ComparisonRow("Net", eur(2_395_350), eur(2_381_140), eur(-14_210), True),
    )
    head = BatchHead(
        title="Adyen · batch 1122 · Fri 20 Nov",
        lines=419,
        exact=394,
        within_tolerance=14,
        by_hand=4,
        exceptions=7,
        automatic_text="97.4% without a person",
        difference=eur(-14_210),
        bank_text="Bank: €23,811.40 due Tue 24 Nov, no line yet",
        source_text="Imported 21 Nov 06:10 by schedule",
        their_name="Adyen report",
        comparison=comparison,
        tallies=(Tally(eur(2_418_540), eur(830), eur(2_419_370)),),
        batches=(Link("Adyen · batch 1122 · Fri 20 Nov", "?"), Link("Stripe · payout 88 · Fri 20 Nov", "?")),
        position_text="1 of 4 open batches",
        export_url="?export",
    )
    return WorkbenchPage(
        head=head,
        exceptions=tuple(
            ExceptionRow(
                str(index),
                f"?exception={index}",
                kind,
                eur(minor),
                reference,
                method,
                guess,
                sure,
                index == 1,
                "Mara" if index == 4 else "",
                age="2 days",
                due="was due Fri 20 Nov" if index == 0 else "due Wed 25 Nov",
                is_overdue=index == 0,
            )
            for index, (kind, minor, reference, method, guess, sure) in enumerate(rows)
        ),
        current=exception(),
        empty=EmptyState(
            "shuffle", "No batch yet", "Import the first settlement report.", Action("Import", "/imports/")
        ),
        sorts=(Link("Largest first", "?"), Link("Oldest first", "?sort=age")),
        sort_label="Largest first",
        last=Notice(
            "good", "H-20290, −€3.00:", "written off", "circle-check", Action("Undo", "#", "undo-2", "post", key="k")
        ),
    )


def imports() -> ImportListPage:
    rows = (
        (
            "settlement_detail_1122.csv",
            "Adyen settlement details",
            "06:10",
            0,
            "schedule",
            "out_of_balance",
            419,
            eur(2_381_140),
            0,
        ),
        ("payout_88.csv", "Stripe payout reconciliation", "06:02", 0, "schedule", "posted", 96, eur(314_275), 0),
        ("camt053-2026-11-20.xml", "Bank statement camt.053", "05:30", 0, "schedule", "posted", 12, eur(920_811), 0),
        ("export (3).csv", "not recognised", "16:41", 1, "Mara Keller", "refused", 0, None, 3),
        ("sandbox-1121.csv", "Sandbox settlement", "14:02", 0, "Mara Keller", "reading", 61_000, None, 0),
    )
    upload = UploadForm(
        "/imports/",
        "a-key",
        (("adyen", "Adyen settlement details"), ("camt", "camt.053")),
        "200 MB",
        (("1", "Adyen · HaldenRoePOS"),),
    )
    read = [
        ImportRow(str(i), f"/imports/{i}/", name, kind, at(clock, days), by, state, lines, total, refused)
        for i, (name, kind, clock, days, by, state, lines, total, refused) in enumerate(rows)
    ]
    return ImportListPage(
        frame("file name", Filter("status", "State"), Filter("kind", "Kind")),
        (*read, _waiting_page()),
        upload,
    )


def _waiting_page() -> ImportRow:
    return ImportRow(
        "9", "/imports/9/", "camt053_page3.xml", "Bank statement camt.053.001.08, Account for the second processor", at("15:00", 0),
        "Mara Keller", "waiting", 2, eur(-1_135_390), 0, family="statement", waits_text="for page 2",
    )  # fmt: skip


def import_refused() -> ImportDetailPage:
    return ImportDetailPage(
        id="3",
        file_name="export (3).csv",
        status="refused",
        facts=(
            Fact("Received", at("16:41", 1)),
            Fact("By", "Mara Keller"),
            Fact("SHA-256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", is_identifier=True),
        ),
        stats=(Stat("Lines read", "0"), Stat("Refused", "3", tone="bad")),
        refused=(
            RefusedLine(1, "", "The header has no column “Psp Reference”.", "Date;Amount;Text"),
            RefusedLine(7, "Net Credit (NC)", "“12,50” has a decimal comma; this format uses a point.", "12,50"),
            RefusedLine(9, "Currency", "“EURO” is not an ISO 4217 currency.", "EURO"),
        ),
        refused_more=4,
        notice=Notice(
            "bad",
            "This file was refused as a whole.",
            "Nothing was booked. Ask the gateway for the settlement details report and import it again.",
            "octagon-x",
        ),
    )


def import_running() -> ImportDetailPage:
    return ImportDetailPage(
        id="4",
        file_name="sandbox-1121.csv",
        status="reading",
        facts=(Fact("Received", at("14:02")),),
        stats=(),
        refused=(),
        done_rows=61_000,
        total_rows=100_000,
        progress_url="/imports/4/progress/",
    )


def exports() -> ExportListPage:
    rows = (
        ExportRow(
            "1", "Payments", "20–21 Nov 2026", "CSV", at("14:02"), "Mara Keller", "running", progress_permille=420
        ),
        ExportRow(
            "2",
            "Journals",
            "October 2026",
            "DATEV",
            at("13:20"),
            "Mara Keller",
            "done",
            "412 kB",
            "8,214 rows",
            "/exports/2/file/",
        ),
        ExportRow(
            "3",
            "Payments",
            "2026",
            "XLSX",
            at("09:12", 1),
            "Jonas Brandt",
            "refused",
            problem="More than 1,048,576 rows; choose CSV.",
        ),
    )
    form = ExportForm(
        "/exports/",
        "a-key",
        (
            FormField(
                "subject", "What", "choice", choices=choices_of((("payments", "Payments"), ("journals", "Journals")))
            ),
            FormField("format", "Format", "choice", choices=choices_of((("csv", "CSV"), ("xlsx", "Excel")))),
            FormField("day_from", "From", "date", "2026-11-20"),
            FormField("day_to", "To, inclusive", "date", "2026-11-19", error="The last day is before the first one."),
        ),
        "Europe/Berlin",
        "Amount over €10",
    )
    return ExportListPage(frame("", export_url=""), rows, form)


def deliveries() -> tuple[DeliveryRow, ...]:
    return (
        DeliveryRow("1", "/webhook-log/1/", "payment.captured", "H-20417", at("14:00"), "delivered", 1, "200 in 84 ms"),
        DeliveryRow(
            "2",
            "/webhook-log/2/",
            "payment.unknown",
            "H-20418",
            at("14:02"),
            "retrying",
            2,
            "503 Service Unavailable",
            at("14:07"),
        ),
        DeliveryRow("3", "/webhook-log/3/", "payout.in_bank", "po_1120", at("08:12", 1), "failed", 12, "no connection"),
    )


def webhooks() -> WebhooksPage:
    endpoints = (
        EndpointRow(
            "1",
            "/webhook-log/endpoints/1/",
            "https://erp.halden-roe.example/hooks/tillsyn",
            "payment.*, payout.*",
            "active",
            4_218,
            1,
            NOW - timedelta(seconds=33),
        ),
        EndpointRow(
            "2",
            "/webhook-log/endpoints/2/",
            "https://old.halden-roe.example/in",
            "all",
            "disabled",
            12,
            88,
            at("08:12", 3),
        ),
    )
    return WebhooksPage(
        endpoints, frame("event, object, answer", Filter("status", "State"), live_topic="deliveries"), deliveries()
    )


def endpoint() -> EndpointPage:
    return EndpointPage(
        "https://erp.halden-roe.example/hooks/tillsyn",
        "active",
        (Fact("Created", at("10:00", 9)), Fact("Events", "payment.*, payout.*")),
        frame("event"),
        deliveries(),
        (Action("Replace secret", "#", "key-round", "post", key="k"),),
        "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )


def delivery() -> DeliveryPage:
    body = '{\n  "id": "evt_019396b2",\n  "type": "payment.unknown",\n  "data": {"payment": "H-20418", "amount_minor": 8640, "currency": "EUR"}\n}'
    attempts = (
        AttemptRow(2, at("14:03:05"), "503 Service Unavailable", "212 ms", False, "upstream is down"),
        AttemptRow(1, at("14:02:35"), "no answer in 10 s", "10,000 ms", False),
    )
    return DeliveryPage(
        "payment.unknown",
        "retrying",
        (Fact("About", "H-20418", "/payments/0/"), Fact("Created", at("14:02:34"))),
        attempts,
        "webhook-id: msg_019396b2\nwebhook-timestamp: 1795266154\nwebhook-signature: v1,…",
        body,
        at("14:07"),
        Action("Resend now", "#", "send", "post", "primary", "k"),
    )


def stock() -> StockListPage:
    rows = (
        ("BOWL-ST-22", "Stoneware bowl, sea glaze", "Berlin Mitte", eur(3_800), 14, 2, 12, "in_stock", 0),
        ("BOWL-ST-22", "Stoneware bowl, sea glaze", "Hamburg Altona", eur(3_800), 2, 1, 1, "low", 12),
        ("NAP-LI-4", "Linen napkins, set of 4", "Hamburg Altona", eur(4_100), 0, 0, 0, "sold_out", 24),
        ("GIFT", "Gift wrapping", "Berlin Mitte", eur(300), 0, 0, 0, "untracked", 0),
    )
    return StockListPage(
        frame("name, SKU, barcode", Filter("location", "Location"), Filter("status", "State")),
        tuple(StockRow(str(i), f"/stock/{i}/", *row) for i, row in enumerate(rows)),
    )  # type: ignore[arg-type]


def filtered_empty() -> PaymentListPage:
    page = payment_list()
    return PaymentListPage(ListFrame(page.list.bar, Pager(), page.list.empty), ())


def never_any() -> OrderListPage:
    return OrderListPage(frame("order number", export_url="", pager=Pager()), ())


# name of the shot → template, entry of the rail, page. One place, so that no template is left out.
def search() -> dict[str, Any]:
    """What one word finds among orders and payments."""
    return {"text": "4242", "orders": order_list().rows, "payments": payment_list().rows}


PAGES = {
    "home": ("reports/overview/home.html", "home", home),
    "home-empty": ("reports/overview/home.html", "home", home_empty),
    "payments": ("payments/records/list.html", "payments", payment_list),
    "payments-filtered-empty": ("payments/records/list.html", "payments", filtered_empty),
    "payment": ("payments/records/detail.html", "payments", payment_detail),
    "payment-unknown": ("payments/records/detail.html", "payments", payment_unknown),
    "orders": ("orders/order/list.html", "orders", order_list),
    "orders-empty": ("orders/order/list.html", "orders", never_any),
    "order": ("orders/order/detail.html", "orders", order_detail),
    "pick-lists": ("reports/search/pick_lists.html", "orders", pick_lists),
    "terminals": ("terminals/live/wall.html", "terminals", wall),
    "reconciliation": ("payments/reconciliation/workbench.html", "reconciliation", workbench),
    "exception": ("payments/reconciliation/exception.html", "reconciliation", exception),
    "imports": ("payments/settlement/imports.html", "imports", imports),
    "import-refused": ("payments/settlement/import_detail.html", "imports", import_refused),
    "import-running": ("payments/settlement/import_detail.html", "imports", import_running),
    "exports": ("reports/exports/list.html", "exports", exports),
    "webhooks": ("merchant/messages/webhooks.html", "webhooks", webhooks),
    "endpoint": ("merchant/messages/endpoint.html", "webhooks", endpoint),
    "delivery": ("merchant/messages/delivery.html", "webhooks", delivery),
    "stock": ("inventory/stock/list.html", "stock", stock),
    "offline": ("terminals/pos/offline.html", "payments", offline),
    **counter_samples.PAGES,
    **bill_samples.PAGES,
    **import_samples.PAGES,
    **settings_samples.PAGES,
    **setup_samples.PAGES,
    **brand_samples.PAGES,
    **accounting_samples.PAGES,
    **report_samples.PAGES,
    **goods_samples.PAGES,
    **fee_samples.PAGES,
    **desk_samples.PAGES,
    **people_samples.PAGES,
    **service_samples.PAGES,
    **shell_samples.PAGES,
    "refund": ("payments/records/refund.html", "payments", refund_dialog),
    "card-return": ("payments/after_sales/card_return.html", "orders", card_return),
    "order-refund": ("payments/after_sales/order_refund.html", "orders", order_refund_dialog),
    "export-new": ("reports/exports/new.html", "exports", lambda: exports().form),
    "search": ("reports/search/results.html", "", search),
}
FRAGMENTS = {
    "refund-dialog": ("payments/records/refund_dialog.html", refund_dialog),
    "card-return-dialog": ("payments/after_sales/card_return_dialog.html", card_return),
    "order-refund-dialog": ("payments/after_sales/order_refund_dialog.html", order_refund_dialog),
    "payment-drawer": ("payments/records/drawer.html", payment_detail),
    "link-new-dialog": ("payments/checkout/new_link_dialog.html", people_samples.new_link),
    "dispute-letter-dialog": ("payments/disputes/letter_dialog.html", desk_samples.letter),
    "order-drawer": ("orders/order/drawer.html", order_detail),
    "payment-totals": ("payments/records/totals.html", payment_list),
    "export-dialog": ("reports/exports/dialog.html", lambda: exports().form),
    **bill_samples.FRAGMENTS,
    **shell_samples.FRAGMENTS,
}
