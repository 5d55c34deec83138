"""Contexts of the shopper's pages: pay, wait, done, ended, and the receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from merchant.branding.pages import BrandView
from orders.documents.paper import ReadyPaper, Row
from orders.feedback.queries import RATINGS
from payments.checkout.forms import ShopperForm
from payments.checkout.link_pages import drawn_qr
from payments.checkout.order_story import Collecting, OrderStory, Step
from payments.checkout.pages import LineView, OrderView, way_views
from payments.checkout.ways import Transfer
from reports.search.print_views import PrintPage

ORDER = OrderView(
    number="7KQ2M8ZP",
    lines=(LineView("Oak stool", 2, "€98.00"), LineView("Wool blanket", 1, "€64.50")),
    total="€162.50", tax="€25.95", due="€162.50", is_partly_paid=False, delivery_name="Collect in Berlin Mitte",
    address=(), email="lea@example.com",
    shop_url="https://shop.example/", until="21 Nov, 18:00", zone="Europe/Berlin",
)  # fmt: skip
BRAND = BrandView(
    "Halden & Roe", "HR", welcome="Good things for your home, since 1987.", legal="Halden & Roe GmbH, Rosenthaler Str. 1, 10119 Berlin",
    imprint_url="https://shop.example/imprint/", returns_url="https://shop.example/returns/", privacy_url="https://shop.example/privacy/",
)  # fmt: skip
# Every page of a shopper has these.
COMMON = {"brand": BRAND, "page_path": "/"}
READY = OrderStory(
    "good", "shopping-bag", "Ready to collect", "Your order is waiting in Berlin Mitte", "Paid. Thank you! Show this code at the till.",
    steps=(
        Step("Order placed", "circle-check", at="Sat 21 Nov, 13:57"),
        Step("Payment reserved", "circle-check", "done", "Visa •4242, €162.50 reserved, charged when the goods leave", "Sat 21 Nov, 13:57"),
        Step("Packed in Berlin Mitte", "circle-check", at="Sat 21 Nov, 14:01"),
        Step("Collect by Tue 24 Nov, 18:00", "shopping-bag", "next", "After that we cancel it; what you paid goes back."),
    ),
    collecting=Collecting("Berlin Mitte", "Rosenthaler Str. 1, 10119 Berlin", "https://www.openstreetmap.org/", "7K2M8P", drawn_qr("7K2M8P")),
)  # fmt: skip
SENT = OrderStory(
    "info", "truck", "On its way", "Your order is on its way.", "Paid. Thank you!",
    steps=(
        Step("Order placed", "circle-check", at="Sat 21 Nov, 13:57"),
        Step("Paid", "circle-check", "done", "€162.50, Visa •4242", "Sat 21 Nov, 13:57"),
        Step("Sent", "truck", "done", "Parcel Post 00340434161094042557", "Sat 21 Nov, 16:30", "https://parcel.example/"),
        Step("€64.50 sent back", "undo-2", "back", "By the way you paid. It can take a few days until your bank shows it.", "Mon 23 Nov, 09:12"),
        Step("€9.00 on its way back", "hourglass", "next"),
    ),
    asks_feedback=True,
)  # fmt: skip
TRANSFER = Transfer("epc", "Halden & Roe GmbH", "DE89 3704 0044 0532 0130 00", "7KQ2M8ZP", "BCD")
DECLINE = {"words": "The bank said no: not enough money on the card.", "who": "shopper", "code": "51"}


def at_stage(stage: str, **more: Any) -> Callable[[], dict[str, Any]]:
    """The context of an order's page at one stage of its payment."""
    return lambda: {"order": ORDER, "progress": {"stage": stage, "operation": None, "decline": None}, **COMMON, **more}


def asked() -> dict[str, Any]:
    """The page of an order that still asks where to send it, after a declined card."""
    form = ShopperForm({"email": ""}, countries=["DE", "AT"], asks_email=True, asks_address=True)
    return {
        "order": ORDER,
        "progress": {"stage": "open", "decline": DECLINE},
        "form": form,
        "start_path": "/",
        "cancel_url": "/",
        "ways": way_views(("card", "bank", "store"), due="€162.50"),
        **COMMON,
    }


def cart() -> dict[str, Any]:
    """What a sign's code leads to."""
    return {**COMMON, "label": "Table 4", "lines": ORDER.lines, "total": "€162.50"}


def receipt() -> dict[str, Any]:
    """A receipt on the screen."""
    paper = ReadyPaper(
        language="en", title="Receipt", number="B-2026-000482", copy_mark="Copy", seller=("Halden & Roe", "Rosenthaler Str. 1", "10119 Berlin"),
        facts=(Row("Date", "21 Nov 2026, 14:02"), Row("Till", "T1")),
        lines=(Row("Oak stool", "98.00", "2 × 49.00"), Row("Wool blanket", "64.50")),
        total=Row("Total EUR", "162.50"), tenders=(Row("Card", "162.50", "Visa •4242"),),
        tax_headings=("Tax", "Net", "Tax", "Gross"), taxes=(("19 %", "136.55", "25.95", "162.50"),), footer=("Thank you",),
        link="/r/sample/", link_text="This receipt on the web", pdf_text="As PDF", print_text="Print",
    )  # fmt: skip
    return {
        "paper": paper,
        "qr": '<svg viewBox="0 0 4 4" width="80" height="80" aria-hidden="true"><path d="M0 0h1v1H0z"/></svg>',
    }


def receipts() -> dict[str, Any]:
    """Receipts of several orders, to print."""
    one = receipt()
    papers = ((one["paper"], one["qr"]), (one["paper"], one["qr"]))
    return {"page": PrintPage("2 orders", "1 order has no receipt.", papers=papers)}


def paid_in_part() -> dict[str, Any]:
    """The page of a till's order of which a part is paid: the e-mail is only a wish."""
    form = ShopperForm(None, countries=["DE"], asks_email=True, asks_address=False, needs_email=False)
    parts = (LineView("Cash", 1, "€50.00"), LineView("Visa •4242", 1, "€40.00"))
    order = replace(ORDER, due="€72.50", is_partly_paid=True, paid=parts, delivery_name="", email="")
    return {
        **asked(),
        "order": order,
        "form": form,
        "progress": {"stage": "open", "decline": None},
        "ways": way_views(("card",), due=order.due),
    }


SHOPPER: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "pay": ("payments/checkout/pay.html", asked),
    "pay-part": ("payments/checkout/pay.html", paid_in_part),
    "pay-wait": ("payments/checkout/wait.html", at_stage("checking", is_back=True, refresh_seconds=1, action_url="", state_path="/x/")),
    "pay-unknown": ("payments/checkout/wait.html", at_stage("unknown", is_back=True, refresh_seconds=5, action_url="", state_path="/x/")),
    "pay-framed": ("payments/checkout/wait.html", at_stage("action_required", is_framed=True, action_url="about:blank", state_path="/x/")),
    "pay-framed-back": ("payments/checkout/framed.html", lambda: {**COMMON, "next_path": "/"}),
    "pay-order": ("payments/checkout/order.html", at_stage("paid", story=READY, receipt_path="/r/sample/")),
    "pay-sent": ("payments/checkout/order.html", at_stage("paid", story=SENT, receipt_path="/r/sample/", ratings=RATINGS, feedback_path="/")),
    "pay-transfer": ("payments/checkout/transfer.html", at_stage("open", transfer=TRANSFER, qr=drawn_qr("BCD", error="m"), pay_path="/", order_path="/")),
    "pay-ended": ("payments/checkout/ended.html", at_stage("expired", cancel_url="/", order_path="/")),
    "pay-missing": ("payments/checkout/missing.html", dict),
    "pay-cart": ("payments/checkout/cart.html", cart),
    "receipt": ("orders/documents/receipt.html", receipt),
    "receipts-print": ("orders/documents/receipts.html", receipts),
    "receipt-missing": ("orders/documents/missing.html", dict),
}  # fmt: skip
