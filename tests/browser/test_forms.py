"""A form that is refused in a real browser: the summary has the focus, leads to the field, and what was typed stays."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def test_check_29_an_empty_form_says_beside_each_field_what_is_missing_and_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.open("/products/new/")
    page.get_by_label("Category").fill("Kitchen")

    page.get_by_role("button", name="Add the product").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("2 fields are not filled in. Nothing was saved.")
    expect(page.locator('[aria-invalid="true"]')).to_have_count(2)
    expect(page.get_by_label("Category")).to_have_value("Kitchen")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    sku = page.get_by_label("SKU")
    expect(sku).to_be_focused()
    expect(sku).to_have_accessible_description("Fill this in. Your own number; no other article has it.")
    sku.fill(f"FORM-{uuid4().hex[:8]}")
    page.get_by_label("Name", exact=True).fill("Measuring jug")
    page.get_by_role("button", name="Add the product").click()
    expect(page).to_have_url(re.compile(r"/products/[0-9a-f-]{36}/$"))
    assert desk.complaints == [complaint for complaint in desk.complaints if "422" in complaint]


def test_the_look_of_the_shop_is_previewed_as_it_is_typed_and_saved_by_nobody(desk: Desk) -> None:
    page = desk.open("/settings/brand/")
    name, accent = page.get_by_label("Name of the shop"), page.get_by_label("Accent colour")
    before = name.input_value()
    preview = page.locator(".brand-preview.light")

    name.fill("Nordlicht")
    accent.fill("#7A1F5C")

    expect(preview).to_contain_text("Nordlicht")
    expect(preview.locator(".brand-button")).to_have_css("background-color", "rgb(122, 31, 92)")
    accent.fill("#FFFF00")
    expect(page.locator(".brand-look [role=status]")).to_contain_text("text needs 4.5:1")
    expect(accent).to_be_focused()
    page.reload()
    expect(name).to_have_value(before)
    assert desk.complaints == []


def test_a_new_schedule_shows_only_what_its_choices_need(desk: Desk) -> None:
    page = desk.open("/exports/schedules/new/")
    address, vouchers, shape = (page.get_by_label(name) for name in ("Mail address", "Vouchers", "Format"))
    expect(address).to_be_hidden()
    expect(vouchers).to_be_hidden()
    expect(shape).to_be_visible()

    page.get_by_label("Where it goes").select_option("mail")
    page.get_by_label("What").select_option("sie_4e")

    expect(address).to_be_visible()
    expect(vouchers).to_be_visible()
    expect(shape).to_be_hidden()
    assert desk.complaints == []
