"""A fresh installation in a real browser: from nobody to a paid sale, and a demo in one press."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Desk
from tests.browser.installation import an_empty_installation, code_of

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
FIVE_MINUTES_SECONDS = 300


def test_check_01_a_fresh_installation_offers_steps_a_demo_in_one_press_and_a_first_payment_in_minutes(
    chromium: Browser,
) -> None:
    with an_empty_installation() as installation:
        context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        page = context.new_page()
        desk = Desk(page, installation.url)
        desk.hears(page)
        began = time.monotonic()

        page.goto(f"{installation.url}/")
        expect(page.get_by_role("heading", name="Then, step by step")).to_be_visible()
        page.get_by_label("Name of your business").fill("Roe & Daughters")
        page.get_by_label("First name").fill("Mara")
        page.get_by_label("Last name").fill("Roe")
        page.get_by_label("E-mail").fill("mara@roe.example")
        page.get_by_label("Password").fill("harbour-violin-drizzle-92")
        page.get_by_role("button", name="Begin").click()
        page.wait_for_url(re.compile("/accounts/2fa/totp/"))
        page.locator("input[name=code]").fill(code_of(page.locator("p.secret").inner_text().replace(" ", "")))
        page.get_by_role("button", name="Switch on").click()
        expect(page.locator("input[name=code]")).to_have_count(0)
        page.goto(f"{installation.url}/")

        expect(page.get_by_role("heading", name="From empty to the first sale")).to_be_visible()
        page.get_by_role("button", name="Connect the sandbox").click()
        expect(page.locator("#step-gateway")).to_have_attribute("data-done", "yes")
        page.get_by_role("button", name="Take a test payment").click()
        expect(page.locator("#step-payment")).to_have_attribute("data-done", "yes", timeout=WAIT_MS)
        assert time.monotonic() - began < FIVE_MINUTES_SECONDS

        for step, title in (
            ("store", "New location"), ("product", "New product"), ("terminal", "Add a terminal"), ("staff", "Staff & roles"), ("bank", "New bank account"),
        ):  # fmt: skip
            desk.open("/").locator(f"#step-{step} a").first.click()
            expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(title, re.IGNORECASE))
        desk.open("/").get_by_role("button", name="Look at a demo business").click()
        expect(page.get_by_text("This is a demo business.")).to_be_visible(timeout=WAIT_MS)
        page.locator("#home-takings .bars li").first.wait_for(timeout=WAIT_MS)
        page.get_by_role("button", name="Put the demo away").click()
        expect(page.locator(".rail .merchant b")).to_have_text("Roe & Daughters")
        assert desk.complaints == []
        context.close()
