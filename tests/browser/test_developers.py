"""What somebody who connects a program sees: keys, webhooks with their attempts, requests."""

from __future__ import annotations

import time
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, confirmed
from tests.browser.installation import Installation
from tests.receiver import a_receiver

pytestmark = pytest.mark.browser
WAIT_MS = 20_000


def made_key(desk: Desk, installation: Installation) -> str:
    """The secret of a new key, as the page shows it once."""
    for _ in range(2):
        page = desk.open("/api-keys/")
        page.get_by_label("Name", exact=True).fill("Check 30")
        page.get_by_label("Orders", exact=True).check()
        page.get_by_role("button", name="Make the key").click()
        if not confirmed(page, installation):
            break
    return page.locator(".secret").inner_text().strip()


def test_check_30_a_key_is_shown_once_used_and_rolled_with_overlap(desk: Desk, installation: Installation) -> None:
    secret = made_key(desk, installation)
    asked = urllib.request.Request(
        f"{installation.url}/api/v1/orders/?size=1",
        headers={"Authorization": f"Bearer {secret}", "X-Request-Id": "check-30"},
    )
    urllib.request.urlopen(asked, timeout=10).read()

    page = desk.open("/api-keys/")
    expect(page.locator("body")).not_to_contain_text(secret)
    row = page.locator("tbody tr", has_text=secret[:12])
    expect(row.locator("[data-label='Last used'] time")).to_have_count(1)

    row.get_by_role("button", name="Roll").click()
    new = page.locator(".secret").inner_text().strip()
    assert new != secret
    expect(page.locator("tbody tr", has_text=secret[:12]).locator("[data-label=Ends] time")).to_have_count(1)
    urllib.request.urlopen(asked, timeout=10).read()

    row = page.locator("tbody tr", has_text="check-30").first
    until = time.monotonic() + WAIT_MS / 1000
    # The log is written beside the requests, some seconds later on a busy machine; the page is as of when it was opened.
    while desk.open("/developers/requests/?q=check-30") and not row.count() and time.monotonic() < until:
        page.wait_for_timeout(500)
    expect(row).to_contain_text("GET /api/v1/orders/")
    assert [complaint for complaint in desk.complaints if "401" not in complaint] == []


def test_check_30_the_webhook_log_shows_attempts_bodies_and_next_try_and_sends_again(desk: Desk) -> None:
    with a_receiver() as receiver:
        receiver.statuses = [503]
        page = desk.open("/webhook-log/endpoints/new/")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".secret")).to_contain_text("whsec_")
        expect(page.locator("body")).to_contain_text(receiver.url)
        log = desk.open("/webhook-log/")
        log.get_by_role("link", name=receiver.url).click()
        address, endpoint = "", log.url
        for _ in range(20):
            rows = log.locator("tbody tr[data-href]", has_text="503")
            if rows.count():
                address = str(rows.first.get_attribute("data-href"))
                break
            log.wait_for_timeout(1_000)
            log.goto(endpoint)
        page = desk.open(address)
        expect(page.locator(".timeline")).to_contain_text("503")
        expect(page.locator("pre").nth(1)).to_contain_text('"type"')
        expect(page.get_by_text("next try")).to_be_visible()

        receiver.statuses = [200]
        page.get_by_role("button", name="Send again").click()
        for _ in range(20):
            if page.locator(".timeline").get_by_text("200").count():
                break
            page.wait_for_timeout(500)
            page.reload()

        expect(page.locator(".timeline")).to_contain_text("200")
        expect(page.locator("h1 ~ .status, .row .status").first).to_contain_text("Delivered")
    page = desk.open(endpoint.partition(desk.url)[2])
    page.get_by_role("button", name="Switch off").click()
