"""Goods in on a phone: announce, scan, count; and everybody sees what is theirs."""

from __future__ import annotations

import re

import pytest

from tests.clients import signed_in
from tests.factories import a_staff_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(room, shared_cache):
    return signed_in(a_staff_member(room.shop.merchant, role="manager"))


def press(browser, path, **fields):
    page = browser.get(fields.pop("on", path)).content.decode()
    key = re.search(r'name="idempotency_key"\s+value="([^"]+)"', page)[1]
    return browser.post(path, {"idempotency_key": key, **fields}, follow=True)


def test_a_delivery_is_announced_and_scanned_in(room, browser):
    made = press(
        browser,
        "/stock/deliveries/new/",
        store=room.shop.store.id,
        note="Potter",
        lines=f"{room.mug.sku} 12\n{room.shop.variants[1].sku}",
    )
    url = made.redirect_chain[-1][0]

    scanned = press(browser, f"{url}receive/", on=url, article=room.mug.sku, quantity="11", damaged="1")

    assert room.level(room.mug) == (21, 0)
    assert "Part arrived" in scanned.content.decode()
    assert "Potter" in browser.get("/stock/deliveries/").content.decode()


def test_a_scan_of_something_unknown_says_so_and_keeps_what_was_typed(room, browser):
    url = press(browser, "/stock/deliveries/new/", store=room.shop.store.id, lines=f"{room.mug.sku} 2").redirect_chain[
        -1
    ][0]

    answer = press(browser, f"{url}receive/", on=url, article="4006381333931", quantity="3")

    assert answer.status_code == 422
    assert "there is no article 4006381333931" in answer.content.decode()
    assert room.level(room.mug) == (10, 0)


def test_a_transfer_is_sent_and_arrives(room, browser):
    made = press(
        browser, "/stock/transfers/new/", store=room.shop.store.id, store_to=room.other.id, lines=f"{room.mug.sku} 4"
    )
    url = made.redirect_chain[-1][0]

    press(browser, f"{url}receive/", on=url, article=room.mug.sku, quantity="4")

    assert (room.level(room.mug), room.level(room.mug, room.other)) == ((6, 0), (4, 0))


def test_a_count_is_begun_counted_and_booked(room, browser):
    url = press(browser, "/stock/counts/new/", store=room.shop.store.id).redirect_chain[-1][0]
    press(browser, f"{url}lines/", on=url, article=room.mug.sku, quantity="7")

    booked = press(browser, f"{url}booking/", on=url, reason="count")

    assert "Booked" in booked.content.decode()
    assert room.level(room.mug) == (7, 0)


def test_a_cashier_of_one_store_counts_there_and_books_nothing(room, shared_cache):
    cashier = signed_in(a_staff_member(room.shop.merchant, role="cashier", stores=[room.other]))
    theirs = press(cashier, "/stock/counts/new/", store=room.other.id).redirect_chain[-1][0]
    foreign = room.post("counts/", {"store_id": str(room.shop.store.id)}).json()

    assert cashier.get(theirs).status_code == 200
    assert cashier.post(f"{theirs}booking/").status_code == 403
    assert cashier.get(f"/stock/counts/{foreign['id']}/").status_code == 404


def test_what_is_on_its_way_stands_beside_what_is_there(room, browser):
    body = {"store_id": str(room.shop.store.id), "lines": [{"article": room.mug.sku, "quantity": 37}]}
    room.post("expected-deliveries/", body)

    assert re.search(r'data-label="Incoming">\s*37', browser.get("/stock/").content.decode())
