"""A store is counted while it sells."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inventory.stock import reservations
from inventory.stock.services import Pieces
from merchant.core.clock import machine_now
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for

pytestmark = pytest.mark.django_db


def begin(room):
    return room.post("counts/", {"store_id": str(room.shop.store.id)}).json()


def note(room, count, quantity, **more):
    return room.post(f"counts/{count['id']}/lines/", {"article": room.mug.sku, "quantity": quantity} | more)


def book(room, count):
    return room.post(f"counts/{count['id']}/booking/", {"reason": "yearly count"})


def test_a_difference_becomes_a_movement_with_its_reason(room):
    count = begin(room)
    note(room, count, 8)

    booked = book(room, count).json()

    assert (booked["status"], booked["lines"][0]["difference"]) == ("booked", -2)
    assert (room.level(room.mug), room.moved("counted")) == ((8, 0), [-2])


def test_what_is_sold_between_counting_and_booking_is_no_difference(room):
    count = begin(room)
    note(room, count, 9)
    room.shop.sell(4)

    book(room, count)

    assert (room.level(room.mug), room.moved("counted")) == ((5, 0), [-1])


def test_a_list_from_the_stock_room_is_compared_with_the_books_of_its_own_moment(room):
    count, counted_at = begin(room), machine_now()
    room.shop.sell(3)

    line = note(room, count, 10, counted_at=(counted_at - timedelta(seconds=1)).isoformat()).json()["lines"][0]

    assert (line["expected"], line["difference"]) == (10, 0)
    book(room, count)
    assert (room.level(room.mug), room.moved("counted")) == ((7, 0), [])


def test_a_second_count_of_an_article_replaces_the_first(room):
    count = begin(room)
    note(room, count, 3)

    assert [line["counted"] for line in note(room, count, 10).json()["lines"]] == [10]


def test_a_count_below_what_orders_wait_for_books_nothing_at_all(room):
    piece = Pieces(room.mug.id, 5, new_id())
    with acting_for(room.shop.id):
        reservations.reserve(pieces=[piece], store_id=room.shop.store.id, expires_at=None, now=machine_now())
    count = begin(room)
    note(room, count, 2)
    room.post(f"counts/{count['id']}/lines/", {"article": room.shop.variants[1].sku, "quantity": 7})

    refused = book(room, count)

    assert (refused.status_code, refused.json()["code"]) == (409, "count_below_reserved")
    assert refused.json()["data"]["reserved"] == 5
    assert (room.level(room.mug), room.level(room.shop.variants[1]), room.moved("counted")) == ((10, 5), (10, 0), [])


def test_an_article_the_store_never_had_is_found(room):
    count = room.post("counts/", {"store_id": str(room.other.id)}).json()
    note(room, count, 4)

    book(room, count)

    assert room.level(room.mug, room.other) == (4, 0)


def test_a_dropped_count_books_nothing_and_a_booked_one_books_once(room):
    dropped, booked = begin(room), begin(room)
    note(room, dropped, 1)
    note(room, booked, 9)
    room.post(f"counts/{dropped['id']}/drop/")
    book(room, booked)

    assert book(room, dropped).json()["code"] == book(room, booked).json()["code"] == "count_over"
    assert (room.level(room.mug), room.moved("counted")) == ((9, 0), [-1])
