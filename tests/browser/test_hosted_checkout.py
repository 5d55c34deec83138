"""A shopper in a real browser: from the link over the processor's card page to the receipt, with and without scripts, on a small phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from rest_framework.test import APIClient

from merchant.core.outbox.relay import Relay
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from tests.factories import an_api_key
from tests.processor import RunningProcessor, running_processor
from tests.shops import Shop, a_shop
from tests.webshop import begin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 20_000
# Playwright's own loop runs in this thread; Django must be allowed beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@pytest.fixture
def shop(processor: RunningProcessor, live_server: Any) -> Iterator[Shop]:
    """A shop whose processor sends its webhooks here, and a relay that works."""
    shop = a_shop(processor, webhook_base_url=live_server.url)
    relay = Relay()
    relay.start()
    yield shop
    relay.stop()


@pytest.fixture
def address(shop: Shop, live_server: Any) -> str:
    """Where two mugs are paid."""
    _, secret = an_api_key(shop.merchant)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    path = begin(client, shop).json()["payment_url"].removeprefix("http://testserver")
    return f"{live_server.url}{path}"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_shopper_pays_on_a_small_phone(
    chromium: Browser, address: str, shop: Shop, scripts: bool, theme: Any, tmp_path: Path
) -> None:
    context = chromium.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=scripts, color_scheme=theme, locale="en"
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    shots = Path(os.environ.get("SHOTS_DIR", tmp_path))

    page.goto(address)
    assert is_not_wider_than_the_screen(page, scripts)
    page.screenshot(path=shots / f"pay-{theme}.png", full_page=True)
    page.get_by_role("button", name="Pay €54.90 by card").click()
    if not scripts:
        page.wait_for_url("**/hosted/**")
    # With scripts the card page stands in a frame of the shop's; without, the browser goes there.
    card_page: Page | FrameLocator = page.frame_locator(".framed iframe") if scripts else page
    card_page.locator("input[name=number]").fill("4111111111111111")
    page.screenshot(path=shots / f"card-{theme}.png", full_page=True)
    card_page.locator("form:has(input[name=number]) button[type=submit]").first.click()
    page.wait_for_url("**/o/**")

    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Your receipt")).to_be_visible(timeout=WAIT_MS)
    page.screenshot(path=shots / f"done-{theme}.png", full_page=True)
    with acting_for(shop.merchant.id):
        assert Order.objects.get().captured_minor == 5490
    page.goto(address)
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert complaints == []
    context.close()


def is_not_wider_than_the_screen(page: Page, scripts: bool) -> bool:
    """Say whether nothing must be pushed sideways. Without scripts the browser cannot be asked."""
    return not scripts or page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
