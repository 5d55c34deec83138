"""What a channel leaves for others, and when somebody is told to order more."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from inventory.stock import reservations, sweeps
from inventory.stock import services as stock
from inventory.stock.models import Reservation, StockLevel
from inventory.stock.services import InsufficientStock, Pieces
from merchant.core.clock import machine_now
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from merchant.messages.models import Message
from tests.clients import with_key
from tests.events import deliver_events
from tests.factories import a_channel, a_shop, a_staff_member, a_store, an_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return a_shop(articles=2, stock=10)


@pytest.fixture
def web(shop):
    return a_channel(shop.merchant, code="web", stock_store=shop.store)


@pytest.fixture
def client(shop):
    return with_key(an_api_key(shop.merchant, scopes=["stock"])[1])


def post(client, path, **body):
    return client.post(
        f"/api/v1/stock/{path}", json.dumps(body), content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
    )


def reserve(shop, quantity, *, channel=None, variant=0, store=None):
    piece = Pieces(shop.variants[variant].id, quantity, new_id(), "Mug")
    with acting_for(shop.id):
        reservations.reserve(
            pieces=[piece], store_id=store or shop.store.id, expires_at=None, now=machine_now(),
            channel_id=channel.id if channel else None,
        )  # fmt: skip


def test_a_channel_sells_all_but_its_safety_stock(shop, web, client):
    post(client, "safety/", channel="web", sku=shop.variants[0].sku, quantity=3)

    [row] = client.get(f"/api/v1/stock/availability/?channel=web&sku={shop.variants[0].sku}").json()["results"]
    assert (row["on_hand"], row["safety"], row["sellable"]) == (10, 3, 7)
    with pytest.raises(InsufficientStock):
        reserve(shop, 8, channel=web)
    with acting_for(shop.id):
        assert not Reservation.objects.exists()
    reserve(shop, 7, channel=web)


def test_a_line_of_an_article_outranks_the_channels_own(shop, web, client):
    post(client, "safety/", channel="web", quantity=9)
    post(client, "safety/", channel="web", sku=shop.variants[0].sku, quantity=0)

    reserve(shop, 10, channel=web)
    with pytest.raises(InsufficientStock):
        reserve(shop, 2, channel=web, variant=1)


def test_the_counter_sells_the_last_piece_whatever_the_webshop_leaves(shop, web, client):
    post(client, "safety/", channel="web", quantity=10)

    shop.sell(10)

    with acting_for(shop.id):
        assert StockLevel.objects.get(variant=shop.variants[0]).on_hand == 0
    assert post(client, "safety/", channel="store", quantity=1).status_code == 400


def test_pieces_of_several_stores_are_reserved_together_or_not_at_all(shop):
    other = a_store(shop.merchant)
    first, second = shop.variants
    pieces = [Pieces(first.id, 1, new_id(), "Mug"), Pieces(second.id, 1, new_id(), "Bowl", store_id=other.id)]

    with acting_for(shop.id):
        with pytest.raises(InsufficientStock, match="Bowl"):
            reservations.reserve(pieces=pieces, store_id=shop.store.id, expires_at=None, now=machine_now())
        assert not Reservation.objects.exists()


def test_whoever_orders_goods_is_told_once_until_the_level_recovers(shop, client):
    buyer = a_staff_member(shop.merchant, role="manager")
    a_staff_member(shop.merchant, role="cashier")
    a_staff_member(shop.merchant, role="manager", stores=[a_store(shop.merchant)])
    post(client, "low-levels/", sku=shop.variants[0].sku, store_id=str(shop.store.id), low_at=4)

    told = []
    for pieces in (5, 1, 1):
        shop.sell(pieces)
        told.append(sweeps.tell_low())
    deliver_events()

    assert told == [0, 1, 0]
    with acting_for(shop.id):
        [mail] = Message.objects.filter(kind="stock_low")
        assert mail.recipient == buyer.user.email
        assert "running low" in mail.subject
        stock.put_in(
            pieces=[Pieces(shop.variants[0].id, 9)],
            store_id=shop.store.id,
            kind="received",
            source="x",
            now=machine_now(),
        )
    assert sweeps.tell_low() == 1
    shop.sell(9)
    assert sweeps.tell_low() == 1
    deliver_events()
    with acting_for(shop.id):
        assert Message.objects.filter(kind="stock_low").count() == 2


def test_a_reservation_ends_by_its_own_time_and_gives_its_pieces_back(shop):
    piece = Pieces(shop.variants[0].id, 4, new_id())
    now = machine_now()
    with acting_for(shop.id):
        reservations.reserve(pieces=[piece], store_id=shop.store.id, expires_at=now, now=now)

    assert reservations.release_expired(now_by_merchant=[(shop.id, now)]) == 1
    assert reservations.release_expired(now_by_merchant=[(shop.id, now)]) == 0

    with acting_for(shop.id):
        assert StockLevel.objects.get(variant=shop.variants[0]).reserved == 0
        assert Reservation.objects.get().status == "expired"
