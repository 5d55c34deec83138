"""Between two stores pieces are on no shelf, and nobody loses sight of them."""

from __future__ import annotations

import pytest

from inventory.receiving import queries
from merchant.core.tenancy import acting_for

pytestmark = pytest.mark.django_db


def send(room, quantity=6, article=None):
    body = {
        "store_from": str(room.shop.store.id),
        "store_to": str(room.other.id),
        "lines": [{"article": article or room.mug.sku, "quantity": quantity}],
    }
    return room.post("transfers/", body)


def receive(room, transfer, received=0, damaged=0):
    line = {"article": room.mug.sku, "received": received, "damaged": damaged}
    return room.post(f"transfers/{transfer['id']}/receipts/", {"lines": [line]})


def incoming(room):
    with acting_for(room.shop.id):
        return queries.incoming([room.mug.id]).get((room.mug.id, room.other.id), 0)


def test_sent_pieces_are_on_no_shelf_and_visible_on_the_way(room):
    sent = send(room).json()

    assert (sent["status"], sent["lines"][0]["on_the_way"]) == ("sent", 6)
    assert (room.level(room.mug), room.level(room.mug, room.other), incoming(room)) == ((4, 0), (0, 0), 6)


def test_a_part_arrives_and_the_rest_stays_on_the_way(room):
    transfer = send(room).json()

    part = receive(room, transfer, received=3, damaged=1).json()

    assert (part["status"], incoming(room), room.level(room.mug, room.other)) == ("partial", 2, (3, 0))
    assert receive(room, transfer, received=2).json()["status"] == "received"
    assert (incoming(room), room.moved("transferred")) == (0, [-6, 3, 2])


def test_more_than_is_on_the_way_does_not_arrive(room):
    transfer = send(room).json()

    refused = receive(room, transfer, received=7)

    assert (refused.status_code, refused.json()["code"]) == (409, "more_than_sent")
    assert (room.level(room.mug, room.other), incoming(room)) == ((0, 0), 6)


def test_pieces_that_are_promised_do_not_leave(room):
    refused = send(room, quantity=11)

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
    assert (room.level(room.mug), room.moved("transferred")) == ((10, 0), [])


@pytest.mark.parametrize(("rest", "left_at_sender", "field"), [("back", 8, "returned"), ("lost", 4, "lost")])
def test_what_never_arrives_is_back_at_the_sender_or_lost(room, rest, left_at_sender, field):
    transfer = send(room).json()
    receive(room, transfer, received=2)

    closed = room.post(f"transfers/{transfer['id']}/close/", {"rest": rest}).json()

    assert (closed["status"], closed["lines"][0][field], incoming(room)) == ("closed", 4, 0)
    assert (room.level(room.mug)[0], room.level(room.mug, room.other)[0]) == (left_at_sender, 2)


def test_a_transfer_to_the_same_store_goes_nowhere(room):
    body = {
        "store_from": str(room.shop.store.id),
        "store_to": str(room.shop.store.id),
        "lines": [{"article": room.mug.sku, "quantity": 1}],
    }

    assert room.post("transfers/", body).status_code == 400
    assert room.level(room.mug) == (10, 0)
