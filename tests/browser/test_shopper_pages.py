"""A shopper in a real browser: the card page in its frame, 3-D Secure, a no and then a yes, silence, two tabs, a code to collect with, feedback."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.outbox.relay import Relay
from merchant.core.tenancy import acting_for
from orders.feedback.models import Feedback
from orders.fulfilment import collecting
from orders.fulfilment.models import Pickup
from orders.order.models import Order, OrderLine
from payments.records.models import Operation
from tests.factories import an_api_key
from tests.factories.shoppers import a_brand
from tests.processor import RunningProcessor, running_processor
from tests.shops import Shop, a_shop
from tests.webshop import begin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 20_000
STATIC = Path(__file__).resolve().parents[2] / "static"
# What a shopper's page may cost: its own script, and everything of its own together, compressed.
SCRIPT_BYTES_MAX, PAGE_BYTES_MAX = 60_000, 120_000
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@pytest.fixture
def shop(processor: RunningProcessor, live_server: Any) -> Iterator[Shop]:
    """A shop with a look of its own, whose processor sends its webhooks here, and a relay that works."""
    shop = a_shop(processor, webhook_base_url=live_server.url)
    a_brand(shop.merchant, name="Nordlicht")
    relay = Relay()
    relay.start()
    yield shop
    relay.stop()


@dataclass
class Shopper:
    """A phone, and what its browser complained about."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def frame(self) -> FrameLocator:
        """The card page, once it is there."""
        return self.page.frame_locator(".framed iframe")

    def gives_card(self, number: str) -> None:
        """Type a card at the processor's, in the frame."""
        self.frame().locator("input[name=number]").fill(number)
        self.frame().locator("form:has(input[name=number]) button[type=submit]").first.click()

    def presses_pay(self) -> None:
        """Press Pay."""
        self.page.get_by_role("button", name="Pay €").click()


@pytest.fixture
def shopper(chromium: Browser) -> Iterator[Shopper]:
    """A small phone with scripts."""
    context = chromium.new_context(viewport={"width": 320, "height": 640}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(WAIT_MS)
    shopper = Shopper(context.new_page(), context)
    shopper.page.on(
        "console", lambda said: shopper.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    shopper.page.on("pageerror", lambda error: shopper.complaints.append(str(error)))
    yield shopper
    context.close()
    # A declined page is answered as such; the browser says so for every such answer and nothing else may be said.
    assert shopper.complaints == []


def an_address(shop: Shop, live_server: Any, **changes: Any) -> str:
    """Where two mugs are paid."""
    _, secret = an_api_key(shop.merchant)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    return live_server.url + begin(client, shop, **changes).json()["payment_url"].removeprefix("http://testserver")


def operations(shop: Shop) -> list[str]:
    """The states of everything that was asked of the processor, in order."""
    with acting_for(shop.merchant.id):
        return list(Operation.objects.filter(kind="authorise").order_by("id").values_list("status", flat=True))


def test_a_no_in_the_frame_is_explained_and_another_card_pays_after_the_bank_was_asked(
    shopper: Shopper, shop: Shop, live_server: Any
) -> None:
    page = shopper.page
    page.goto(an_address(shop, live_server))
    assert page.evaluate("getComputedStyle(document.querySelector('button[type=submit]')).backgroundColor") == (
        "rgb(29, 78, 216)"
    )
    shopper.presses_pay()
    shopper.gives_card("4000000000009995")

    expect(page.get_by_role("alert")).to_contain_text("does not have enough money", timeout=WAIT_MS)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was charged.", timeout=WAIT_MS)
    shopper.presses_pay()
    shopper.gives_card("4000000000003220")
    shopper.frame().get_by_role("button", name="Approve").click()

    expect(page.get_by_text("Paid. Thank you!")).to_be_visible(timeout=WAIT_MS)
    assert page.url.endswith("/")
    assert "/o/" in page.url
    assert operations(shop) == ["declined", "succeeded"]
    # The receipt appears by itself.
    expect(page.get_by_role("link", name="Your receipt", exact=True)).to_be_visible(timeout=3 * WAIT_MS)


def test_check_10_two_tabs_that_press_pay_and_a_reload_make_one_payment(
    shopper: Shopper, shop: Shop, live_server: Any
) -> None:
    first, second, address = shopper.page, shopper.context.new_page(), an_address(shop, live_server)
    for page in (first, second):
        page.goto(address)
    for page in (first, second):
        page.get_by_role("button", name="Pay €").dblclick(no_wait_after=True)
    expect(first.locator(".framed iframe")).to_be_visible(timeout=WAIT_MS)
    first.reload()
    # A page behind another one may be asked to wait: the one that is used is in front.
    first.bring_to_front()
    expect(second.locator(".framed iframe")).to_be_visible(timeout=WAIT_MS)
    assert len(operations(shop)) == 1

    shopper.gives_card("4111111111111111")

    for page in (first, second):
        page.bring_to_front()
        expect(page.get_by_text("Paid. Thank you!")).to_be_visible(timeout=3 * WAIT_MS)
    assert operations(shop) == ["succeeded"]
    with acting_for(shop.merchant.id):
        assert Order.objects.get().captured_minor == 5490


def test_check_9_an_unknown_outcome_offers_nothing_to_press_and_resolves_by_itself(
    shopper: Shopper, shop: Shop, live_server: Any
) -> None:
    page = shopper.page
    page.goto(an_address(shop, live_server))
    shopper.presses_pay()
    expect(page.locator(".framed iframe")).to_be_visible(timeout=WAIT_MS)
    with acting_for(shop.merchant.id):
        Operation.objects.update(status="unknown", next_look_at=None)

    expect(page.get_by_text("We do not know yet whether the payment went through.")).to_be_visible(timeout=WAIT_MS)
    assert page.get_by_role("button").count() == 0
    with acting_for(shop.merchant.id):
        Operation.objects.update(status="declined", decline_code="do_not_honour", next_look_at=None)

    expect(page.get_by_role("alert")).to_contain_text("Nothing was charged.", timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Pay €")).to_be_visible(timeout=WAIT_MS)


def test_a_code_to_collect_with_appears_by_itself_and_feedback_is_given_once(
    shopper: Shopper, shop: Shop, live_server: Any
) -> None:
    page = shopper.page
    page.goto(an_address(shop, live_server, delivery_method="collect"))
    page.get_by_text("Pay in the store", exact=True).click()
    page.get_by_role("button", name="Reserve, pay in the store").click()
    expect(page.get_by_role("heading", name="Your order is reserved in")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="See the payment").click()
    shopper.presses_pay()
    shopper.gives_card("4111111111111111")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("What could be better?").fill("So far so good")
    with acting_for(shop.merchant.id):
        pickup, line = Pickup.objects.get(), OrderLine.objects.get(kind="product")
        collecting.pick(pickup_id=pickup.id, pieces={line.id: 2}, now=machine_now())

    expect(page.get_by_text("Ready to collect")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(pickup.code)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_label("What could be better?")).to_have_value("So far so good")
    page.locator("[name=rating][value='5']").check(force=True)
    page.get_by_role("button", name="Send feedback").click()

    expect(page.get_by_text("You gave 5 of 5.")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Send feedback")).to_have_count(0)
    with acting_for(shop.merchant.id):
        assert list(Feedback.objects.values_list("rating", "text")) == [(5, "So far so good")]


def test_the_language_is_one_press_away_and_nothing_is_wider_than_the_phone(
    shopper: Shopper, shop: Shop, live_server: Any
) -> None:
    page = shopper.page
    page.goto(an_address(shop, live_server))
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Deutsch").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_text("Nordlicht")).to_be_visible(timeout=WAIT_MS)
    for width in (320, 390, 720, 1440):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_a_shopper_loads_is_small() -> None:
    script = (STATIC / "js/pay.js").read_bytes()
    styles = [(STATIC / f"css/{name}.css").read_bytes() for name in ("tokens", "fonts", "pay", "receipt")]

    assert len(script) <= SCRIPT_BYTES_MAX
    assert sum(len(gzip.compress(part)) for part in (script, *styles)) <= PAGE_BYTES_MAX
