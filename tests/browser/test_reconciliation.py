"""The workbench by keyboard alone: every exception decided, the next one opens by itself, nothing is left, and it is undone until its batch is closed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
WAIT_MS = 15_000
# More than a demo day brings.
EXCEPTIONS_MAX = 60


def left(page: Page) -> int:
    """How many exceptions the page says are open."""
    shown = page.locator("#recon-head .matched b").nth(1)
    return int(shown.inner_text().replace(",", "")) if shown.count() else 0


def decide(page: Page, number: str) -> None:
    """Choose the way with this number and go to the next, with keys."""
    page.keyboard.press(number)
    page.wait_for_timeout(50)
    with page.expect_navigation(timeout=WAIT_MS):
        page.keyboard.press("Control+Enter")


# Of the way that books nothing, whatever the exception.
NOTE = "5"


def test_j_and_k_open_the_exception_they_move_to_and_no_key_decides_about_another(desk: Desk) -> None:
    page = desk.open("/reconciliation/")
    rows = page.locator("[data-move] a")
    addresses = rows.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(addresses) >= 3

    for place in (1, 2, 1):
        with page.expect_navigation(timeout=WAIT_MS):
            page.keyboard.press("j" if place == 2 or page.url.endswith("/reconciliation/") else "k")
        assert page.url.endswith(addresses[place])
        expect(rows.nth(place)).to_have_attribute("aria-current", "true")
    here = left(page)
    # By tab instead: the row is opened, not the one beside it decided.
    rows.nth(2).focus()
    with page.expect_navigation(timeout=WAIT_MS):
        page.keyboard.press("Control+Enter")

    assert page.url.endswith(addresses[2])
    assert left(page) == here
    assert desk.complaints == []


def test_check_24_all_exceptions_are_resolved_by_keyboard_the_difference_reaches_nothing_and_is_undone_until_the_batch_is_closed(
    desk: Desk,
) -> None:
    page = desk.open("/reconciliation/")
    # The demo plants a few every day.
    assert left(page) >= 1
    page.keyboard.press("k")
    expect(page.locator("[data-move] a").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    for _ in range(EXCEPTIONS_MAX):
        if not page.locator("form[data-main]").count():
            break
        here = left(page)
        decide(page, NOTE)
        assert left(page) < here or not left(page)

    expect(page.locator("form[data-main]")).to_have_count(0)
    assert left(page) == 0
    expect(page.locator("#recon-head .matched .push .money").first).to_have_text(re.compile(r"0[.,]00"))
    with page.expect_navigation(timeout=WAIT_MS):
        page.keyboard.press("u")
    assert left(page) == 1
    expect(page.locator("form[data-main]")).to_have_count(1)
    decide(page, NOTE)
    assert left(page) == 0
    close_batches(page, desk)
    page = desk.open("/reconciliation/")
    assert page.locator("form[action$='/undo/']").count() == 0
    assert desk.complaints == []


def close_batches(page: Page, desk: Desk) -> None:
    """Close every batch that the menu offers, with the keyboard."""
    batches = page.locator(".menu-sheet a[href*='batch=']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert batches
    for address in batches:
        page = desk.open(address)
        expect(page.locator(".totals tfoot .t-bad")).to_have_count(0)
        button = page.get_by_role("button", name="Close the batch")
        button.focus()
        with page.expect_navigation(timeout=WAIT_MS):
            page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Nothing of it is undone any more")
