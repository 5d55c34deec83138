"""A day at a till, closed in a real browser: counted by notes, pressed twice, looked at in a second tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def test_a_shift_is_opened_counted_and_closed_once_however_often_it_is_pressed(desk: Desk) -> None:
    page = desk.open("/day-close/open/")
    till = page.get_by_label("Till").locator("option").last.inner_text().split(", ")[-1]
    page.get_by_label("Till").select_option(index=page.get_by_label("Till").locator("option").count() - 1)
    page.get_by_label("Float from the safe").fill("200.00")
    page.get_by_role("button", name="Open the shift").click()
    expect(page.get_by_role("heading", name="Count the drawer")).to_be_visible()
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
