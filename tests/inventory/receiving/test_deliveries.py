"""What a supplier announced, and what of it reached the shelf."""

from __future__ import annotations

import pytest

from inventory.receiving import queries
from merchant.core.tenancy import acting_for

pytestmark = pytest.mark.django_db


def announce(room, quantity=12):
    body = {
        "store_id": str(room.shop.store.id),
        "lines": [{"article": room.mug.sku, "quantity": quantity}],
        "supplier": "Potter",
    }
    return room.post("expected-deliveries/", body).json()


def receive(room, delivery, *, received=0, damaged=0, article=None):
    line = {"article": article or room.mug.sku, "received": received, "damaged": damaged}
    return room.post(f"expected-deliveries/{delivery['id']}/receipts/", {"lines": [line]})


def test_an_announced_delivery_is_incoming_and_on_no_shelf(room):
    delivery = announce(room)

    assert (delivery["status"], room.level(room.mug)) == ("expected", (10, 0))
    with acting_for(room.shop.id):
        assert queries.incoming([room.mug.id]) == {(room.mug.id, room.shop.store.id): 12}


def test_a_part_fills_the_shelf_and_leaves_the_rest_incoming(room):
    delivery = announce(room)

    part = receive(room, delivery, received=5).json()

    assert (part["status"], room.level(room.mug), room.moved("received")) == ("partial", (15, 0), [5])
    with acting_for(room.shop.id):
        assert queries.incoming([room.mug.id]) == {(room.mug.id, room.shop.store.id): 7}
    assert receive(room, delivery, received=7).json()["status"] == "received"
    assert room.level(room.mug) == (22, 0)


def test_damaged_pieces_are_noted_and_never_shelved(room):
    done = receive(room, announce(room), received=10, damaged=2).json()

    assert (done["status"], done["lines"][0]["damaged"], room.level(room.mug)) == ("received", 2, (20, 0))


def test_more_than_expected_and_what_nobody_expected_are_taken_in_too(room):
    delivery = announce(room, quantity=2)
    extra = room.shop.variants[1]

    receive(room, delivery, received=1, article=extra.sku)
    done = receive(room, delivery, received=3).json()

    assert done["status"] == "received"
    assert (room.level(room.mug), room.level(extra)) == ((13, 0), (11, 0))


def test_a_finished_delivery_takes_nothing_more(room):
    delivery = announce(room)
    receive(room, delivery, received=12)

    refused = receive(room, delivery, received=1)

    assert (refused.status_code, refused.json()["code"]) == (409, "delivery_over")
    assert (room.level(room.mug), room.moved("received")) == ((22, 0), [12])


def test_a_part_that_is_closed_waits_for_nothing(room):
    delivery = announce(room)
    receive(room, delivery, received=5)

    closed = room.post(f"expected-deliveries/{delivery['id']}/close/").json()

    assert closed["status"] == "closed"
    with acting_for(room.shop.id):
        assert queries.incoming([room.mug.id]) == {}


@pytest.mark.parametrize(
    "line", [{"received": 0, "damaged": 0}, {"received": -1}, {"article": "NOTHING", "received": 1}]
)
def test_a_receipt_of_nothing_is_refused_and_moves_nothing(room, line):
    delivery = announce(room)

    refused = room.post(
        f"expected-deliveries/{delivery['id']}/receipts/", {"lines": [{"article": room.mug.sku} | line]}
    )

    assert refused.status_code == 400
    assert (room.level(room.mug), room.moved("received")) == ((10, 0), [])
