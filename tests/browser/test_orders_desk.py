"""Orders beside their list, by keyboard; papers of several; the bell; pages by name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
WAIT_MS = 20_000


def opened(page: Page) -> str:
    """The order that is open beside the list."""
    return page.locator("#drawer h2").first.inner_text()


def test_orders_open_beside_the_list_and_are_gone_through_by_keyboard(desk: Desk) -> None:
    page = desk.open("/orders/?status=completed")
    numbers = page.locator("tbody tr[data-drawer] th a").all_inner_texts()
    page.locator("tbody tr[data-drawer] th a").first.focus()

    page.keyboard.press("Enter")
    expect(page.locator("#drawer h2").first).to_have_text(numbers[0], timeout=WAIT_MS)
    for heading in ("What was agreed", "Payments", "Timeline"):
        expect(page.locator("#drawer").get_by_role("heading", name=heading)).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#drawer h2").first).to_have_text(numbers[1], timeout=WAIT_MS)
    page.keyboard.press("k")
    expect(page.locator("#drawer h2").first).to_have_text(numbers[0], timeout=WAIT_MS)
    page.keyboard.press("Escape")

    expect(page.locator("#drawer *")).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent") == numbers[0]
    assert desk.complaints == []


def test_check_15_what_is_open_beside_the_list_is_in_the_address_and_back_closes_it(desk: Desk) -> None:
    page = desk.open("/orders/?status=completed")
    numbers = page.locator("tbody tr[data-drawer] th a").all_inner_texts()
    heading = page.locator("#drawer h2").first
    page.locator("tbody tr[data-drawer] td").first.click()
    expect(heading).to_have_text(numbers[0], timeout=WAIT_MS)
    page.keyboard.press("j")
    expect(heading).to_have_text(numbers[1], timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"status=completed&open=[0-9a-f-]{36}$"))
    address = page.url

    page.reload()
    expect(heading).to_have_text(numbers[1], timeout=WAIT_MS)
    page.go_back()
    expect(page.locator("#drawer *")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"status=completed$"))
    page.go_forward()
    expect(heading).to_have_text(numbers[1], timeout=WAIT_MS)

    shared = page.context.new_page()
    shared.goto(address)
    expect(shared.locator("#drawer h2").first).to_have_text(numbers[1], timeout=WAIT_MS)
    expect(shared.locator("tr[aria-selected] th a")).to_have_text(numbers[1])
    shared.keyboard.press("Escape")
    expect(shared.locator("#drawer *")).to_have_count(0)
    expect(shared).to_have_url(re.compile(r"status=completed$"))
    shared.close()
    assert desk.complaints == []


def test_ticked_orders_are_printed_on_one_page(desk: Desk) -> None:
    page = desk.open("/orders/?status=completed")
    for place in (0, 1):
        page.locator("tbody input[name=selected]").nth(place).check()
    page.locator("#bulk").get_by_role("button", name="Receipts").click()

    expect(page).to_have_url(re.compile("/orders/print/"))
    expect(page.locator("article.receipt")).to_have_count(2)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    assert desk.complaints == []


def test_the_bell_of_a_page_that_shows_nothing_live_is_drawn_anew_when_something_comes(
    desk: Desk, chromium: Browser, signed_in_state: str
) -> None:
    page = desk.open("/settings/")
    expect(page.locator("#live")).to_have_attribute("data-state", "off")
    other = chromium.new_context(storage_state=signed_in_state, locale="en-GB").new_page()
    other.goto(f"{desk.url}/inbox/")
    number = other.locator("tbody input[name=selected]").count()
    assert number > 0

    # Who sees to the first thing changes, there and back, until this page's socket has surely heard of it.
    with page.expect_response(re.compile("/inbox/bell/"), timeout=WAIT_MS) as answered:
        for _ in range(2):
            other.locator("tbody input[name=selected]").first.check()
            other.get_by_role("button", name="Give", exact=True).click()
            other.wait_for_load_state("load")

    assert answered.value.ok
    expect(page.locator("#bell")).to_have_attribute("aria-label", re.compile(r"Needs you: \d+ thing"))
    other.context.close()
    assert desk.complaints == []


def test_every_page_is_reached_by_its_name(desk: Desk) -> None:
    page = desk.open("/")
    for words, address in (
        ("key fig", "/reports/kpis/"),
        ("tax per", "/reports/tax/"),
        ("discount limits", "/settings/discounts/"),
    ):
        page.keyboard.press("Control+k")
        page.locator("#palette-input").fill(words)
        expect(page.locator(f"#palette [role=option][href='{address}']")).to_be_visible(timeout=WAIT_MS)
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
    assert desk.complaints == []
