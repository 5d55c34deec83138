"""A day at a till, closed in a real browser: counted by notes, pressed twice, looked at in a second tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation

pytestmark = pytest.mark.browser
# A card payment that a till of the demo had begun ends by itself within this time.
OUTCOME_MS = 30_000


@pytest.fixture
def quiet_tills(installation: Installation) -> Iterator[None]:
    """Nobody else sells: a sale between the count and the close makes the count an old one."""
    with installation.without_other_tills():
        yield


@pytest.mark.usefixtures("quiet_tills")
def test_a_shift_is_opened_counted_and_closed_once_however_often_it_is_pressed(desk: Desk) -> None:
    page = desk.open("/day-close/open/")
    till = page.get_by_label("Till").locator("option").last.inner_text().split(", ")[-1]
    page.get_by_label("Till").select_option(index=page.get_by_label("Till").locator("option").count() - 1)
    page.get_by_label("Float from the safe").fill("200.00")
    page.get_by_role("button", name="Open the shift").click()
    expect(page.get_by_role("heading", name="Count the drawer")).to_be_visible()
    for _ in range(OUTCOME_MS // 1000):
        if page.get_by_text("payment without an outcome").count() == 0:
            break
        page.wait_for_timeout(1000)
        page.reload()
    second_tab = page.context.new_page()
    desk.hears(second_tab)

    page.get_by_label("€100.00").fill("2")
    page.get_by_label("€0.50").fill("3")
    expect(page.get_by_label("Notes and coins come to")).to_have_value("201.50")
    page.get_by_role("button", name="Count").click()
    second_tab.goto(page.url.split("#")[0])
    for tab in (page, second_tab):
        tab.get_by_label("Stays in the drawer").fill("200.00")
        tab.get_by_label("Reason of a difference").fill("change from the safe was not counted")
        if tab.get_by_label("Leave open orders").is_visible():
            tab.get_by_label("Leave open orders").check()
    page.get_by_role("button", name="Close and make the Z").dblclick()

    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Z {till}-")
    z = page.get_by_role("heading", level=1).inner_text().removeprefix("Z ")
    second_tab.get_by_role("button", name="Close and make the Z").click()
    expect(second_tab.get_by_role("alert")).to_contain_text("This shift is closed")
    desk.open("/day-close/")
    expect(page.get_by_role("link", name=z, exact=True)).to_have_count(1)
    assert [one for one in desk.complaints if "409" not in one] == []
