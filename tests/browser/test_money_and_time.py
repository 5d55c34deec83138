"""Currencies keep their decimals and are never added; every page names its zone, and the night the clocks change is one business day."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation, _environment
from tests.browser.night import AMOUNTS, DAY, session_of_night

pytestmark = pytest.mark.browser
OF_THE_DAY = f"date_from={DAY}&date_to={DAY}"


@pytest.fixture(scope="module")
def night(installation: Installation) -> dict[str, str]:
    """The session of who looks at the night."""
    return session_of_night(installation.root, _environment())


@pytest.fixture
def night_desk(night: dict[str, str], installation: Installation, chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": night["name"], "value": night["value"], "url": installation.url}])
    desk = Desk(context.new_page(), installation.url)
    desk.hears(desk.page)
    yield desk
    context.close()


def totals(page: Page) -> dict[str, str]:
    """What the list comes to, one line a currency: what was taken."""
    return {
        str(line.get_attribute("aria-label")): line.locator("dd").nth(1).inner_text().replace("\u00a0", " ")
        for line in page.locator("#totals dl").all()
    }


def test_check_17_currencies_show_their_own_decimals_and_no_total_mixes_them(night_desk: Desk) -> None:
    page = night_desk.open(f"/payments/?{OF_THE_DAY}&totals=1")
    amounts = [text.replace("\u00a0", " ") for text in page.locator("td[data-label=Amount]").all_inner_texts()]

    for _minor, words in AMOUNTS.values():
        assert amounts.count(words) == 1, (words, amounts)
    assert amounts.count("€12.50") == 3
    assert totals(page) == {"EUR": "€37.50"} | {currency: words for currency, (_minor, words) in AMOUNTS.items()}

    page = night_desk.open(f"/reports/tenders/?by=kind&{OF_THE_DAY}")
    report = page.locator("main").inner_text().replace("\u00a0", " ")
    for _minor, words in AMOUNTS.values():
        assert words in report
        assert not re.search(re.escape(words) + r"[\d.]", report)
    assert night_desk.complaints == []


def test_check_18_the_night_the_clocks_change_is_one_business_day_and_every_page_names_its_zone(
    night_desk: Desk,
) -> None:
    for path in ("/", "/payments/", "/orders/", f"/reports/sales/?{OF_THE_DAY}", "/customers/", "/day-close/"):
        page = night_desk.open(path)
        expect(page.locator(".topbar .zone")).to_have_text("Times in Europe/Berlin")

    found = {}
    for day in (23, 24, 25, 26):
        page = night_desk.open(f"/payments/?date_from=2026-10-{day}&date_to=2026-10-{day}&method=cash")
        rows = page.locator("tbody tr[data-href]")
        found[day] = [str(row.get_attribute("id")) for row in rows.all()]
    assert {day: len(set(ids)) for day, ids in found.items()} == {23: 0, 24: 3, 25: 0, 26: 0}

    page = night_desk.open(f"/payments/?{OF_THE_DAY}&method=cash")
    clocks = page.locator("tbody tr[data-href] time").evaluate_all("times => times.map((time) => time.dateTime)")
    assert len(set(clocks)) == 3
    page = night_desk.open(f"/reports/orders/?by=fact&{OF_THE_DAY}")
    hours = page.locator("td[data-label=Hour]").all_inner_texts()
    assert sorted(hours)[:3] == ["00:00", "02:00", "02:00"]
    assert night_desk.complaints == []
