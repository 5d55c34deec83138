"""Home and the reports in a real browser: every figure opens the rows behind it, and they add up to it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation

pytestmark = pytest.mark.browser
PAGES_MAX = 20
LOOKS_MAX = 5


def number(text: str) -> int:
    """What a figure says, in the smallest unit it shows."""
    digits = int(re.sub(r"\D", "", text) or 0)
    return -digits if "\u2212" in text else digits


def column_sums(desk: Desk, url: str) -> dict[str, int]:
    """Add up each column of the rows a figure opened, page after page."""
    sums: dict[str, int] = {}
    page = desk.open(url)
    for _ in range(PAGES_MAX):
        cells = page.locator("main table.cards tbody tr").evaluate_all(
            "rows => rows.map((row) => [...row.querySelectorAll('td.n')].map((cell) => [cell.dataset.label, cell.innerText]))"
        )
        for label, text in (cell for row in cells for cell in row):
            sums[label] = sums.get(label, 0) + number(text)
        following = page.get_by_role("link", name="Next", exact=True)
        if not following.count():
            return sums
        page = desk.open(str(following.first.get_attribute("href")))
    raise AssertionError(f"more than {PAGES_MAX} pages behind {url}")


def shown_totals(page: Page) -> dict[str, int]:
    """What a report says of everything it counts."""
    stats = page.locator("main dl.stats").first
    return dict(
        zip(stats.locator("dt").all_inner_texts(), map(number, stats.locator("dd").all_inner_texts()), strict=True)
    )


def test_check_26_each_figure_of_a_report_opens_rows_that_add_up_to_it(desk: Desk, installation: Installation) -> None:
    # Sales over the counter stand still meanwhile; an order from the web may end between two looks, so one is compared before and after which nothing moved.
    with installation.without_other_tills():
        for report in ("sales", "orders"):
            for _ in range(LOOKS_MAX):
                told, url = store_figures(desk, report)
                opened = desk.open(url)
                totals, added = shown_totals(opened), column_sums(desk, opened.url.removeprefix(desk.url))
                if store_figures(desk, report) == (told, url):
                    break

            assert added and {label: told[label] for label in totals} == totals, report
            assert added.items() <= totals.items(), report
    assert desk.complaints == []


def store_figures(desk: Desk, report: str) -> tuple[dict[str, int], str]:
    """What a report says of its first store, and where that leads."""
    page = desk.open(f"/reports/{report}/?by=store")
    row = page.locator("main table tbody tr", has=page.locator("th a[href*='store=']")).first
    cells = row.locator("td.n").evaluate_all("cells => cells.map((cell) => [cell.dataset.label, cell.innerText])")
    return {label: number(text) for label, text in cells}, str(row.locator("th a").get_attribute("href"))


def test_check_26_key_figures_lead_to_their_facts_and_show_themselves_as_a_table(desk: Desk) -> None:
    page = desk.open("/reports/kpis/")
    cards = page.locator(".indicator")
    expect(cards.first).to_be_visible()
    links = {
        card.locator("h2").inner_text(): str(card.locator("p.num a").first.get_attribute("href"))
        for card in cards.all()
    }
    card = cards.filter(has=page.locator("svg.chart.wide")).first
    card.locator("summary").click()
    expect(card.get_by_role("columnheader", name="Before")).to_be_visible()
    assert card.locator("svg:visible title").count() == card.locator("svg:visible desc").count() == 1

    for label, url in links.items():
        opened = desk.open(url)
        expect(opened.locator("main h1")).to_be_visible()
        assert "by=fact" in url, label
    assert len(links) >= 10
    assert desk.complaints == []


def taken_between_two_looks(desk: Desk, address: str) -> tuple[int, int, int]:
    """What Home says before and after, and between them what its payments come to: the least, that, and the most."""
    home = "#home-takings p.big"
    before = number(desk.open("/").locator(home).inner_text())
    line = desk.open(address).locator("#totals dl[aria-label=EUR]")
    sums = dict(zip(line.locator("dt").all_inner_texts(), line.locator("dd").all_inner_texts(), strict=True))
    after = number(desk.open("/").locator(home).inner_text())
    return min(before, after), number(sums["Net taken"]), max(before, after)


def test_check_26_takings_of_home_are_what_its_payments_come_to(desk: Desk) -> None:
    page = desk.open("/")
    address = str(page.locator("#home-takings p.big a").get_attribute("href"))

    # Tills and shoppers go on meanwhile: what the rows came to lies between two looks, unless money went back and came again just then.
    looks = [taken_between_two_looks(desk, address)]
    while len(looks) < LOOKS_MAX and not looks[-1][0] <= looks[-1][1] <= looks[-1][2]:
        looks.append(taken_between_two_looks(desk, address))

    assert looks[-1][0] <= looks[-1][1] <= looks[-1][2], looks
    assert desk.page.locator("#home-takings svg:visible title").count() == 1
