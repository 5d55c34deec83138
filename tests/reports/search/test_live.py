"""Rows on open lists: drawn once, only where somebody watches, never told to people of other stores."""

from __future__ import annotations

import pytest

from merchant.core.ids import new_id
from merchant.core.outbox import screens
from merchant.core.outbox.services import Event
from reports.search import live
from tests.factories import a_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(live.screens, "push", lambda merchant_id, topic, **rest: messages.append((topic, rest)))
    return messages


def told_of(shop, sale):
    rows = live.ChangedRows()
    payload = {"payment_id": str(sale.payment_id), "order_id": str(sale.order.id)}
    for topic in ("payment.captured", "order.paid"):
        rows.note(Event(new_id(), shop.merchant.id, topic, f"order:{sale.order.id}", payload))
    return rows


def test_several_events_of_one_payment_draw_its_row_once(sent, monkeypatch):
    shop = a_shop()
    sale = shop.sell(1)
    monkeypatch.setattr(screens, "list_watched", lambda: frozenset({shop.merchant.id}))

    assert told_of(shop, sale).draw() == 2

    assert [topic for topic, _ in sent] == [
        "merchant:payments", f"payment:{sale.payment_id}", "merchant:orders", f"order:{sale.order.id}",
    ]  # fmt: skip
    assert sent[0][1]["html"].startswith(f'<tr id="payment-{sale.payment_id}"')
    assert {rest["store_id"] for _, rest in sent} == {shop.store.id}


def test_nothing_is_drawn_where_nobody_watches(sent, monkeypatch):
    shop = a_shop()
    monkeypatch.setattr(screens, "list_watched", frozenset)

    told_of(shop, shop.sell(1)).draw()

    assert sent == []


def test_a_merchant_is_watched_once_a_page_was_asked_for(valkey_url, settings):
    settings.REDIS_URL = valkey_url
    merchant_id = new_id()

    assert merchant_id not in screens.list_watched()
    screens.current_seq(merchant_id)

    assert merchant_id in screens.list_watched()


def test_without_valkey_nobody_watches_and_nothing_breaks(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert screens.current_seq(new_id()) == 0
    assert screens.list_watched() == frozenset()
