"""What customers said: once an order, read by staff of its stores."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import DatabaseError, transaction

from merchant.core.clock import machine_now
from merchant.core.errors import Invalid
from merchant.core.tenancy import acting_for
from merchant.customers.services import Erasure
from merchant.merchants.models import Merchant
from orders.feedback import people, queries, services
from orders.feedback.models import Feedback
from orders.feedback.queries import FeedbackFilters
from orders.order.models import Order
from reports.exports import services as exports
from reports.exports.services import ExportOrder
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store, an_order

pytestmark = pytest.mark.django_db(transaction=True)


def a_paid_order(merchant: Merchant, **changes: object) -> Order:
    order = an_order(merchant, **changes)
    with acting_for(merchant.id):
        Order.objects.filter(id=order.id).update(secured_minor=order.total_minor)
    return order


def say(order: Order, rating: int = 4, text: str = "Well packed.") -> Feedback:
    with acting_for(order.merchant_id):
        return services.give_feedback(order_id=order.id, rating=rating, text=text, language="en", now=machine_now())


def test_a_customer_says_something_once_and_only_about_what_is_paid() -> None:
    merchant = a_merchant()
    paid, unpaid = a_paid_order(merchant), an_order(merchant)
    for rating, text in ((0, ""), (6, ""), (3, "x" * 1001)):
        with pytest.raises(Invalid):
            say(paid, rating, text)

    say(paid)
    with pytest.raises(services.FeedbackGiven):
        say(paid, 1)
    with pytest.raises(services.FeedbackTooEarly):
        say(unpaid)

    with acting_for(merchant.id):
        assert list(Feedback.objects.values_list("order_id", "rating", "text")) == [(paid.id, 4, "Well packed.")]


def test_staff_read_it_on_the_list_the_order_and_in_a_file_of_what_is_filtered() -> None:
    merchant = a_merchant()
    good, bad = a_paid_order(merchant), a_paid_order(merchant)
    say(good, 5, "=SUM(A1)")
    say(bad, 2, "Two days late.")
    owner = signed_in(a_staff_member(merchant, role="owner"))

    shown, filtered = (owner.get(f"/feedback/{query}").content.decode() for query in ("", "?rating=2"))
    with acting_for(merchant.id):
        stream = exports.open_stream(ExportOrder("feedback", {"rating": "2,5"}, None))
        rows = list(csv.DictReader(io.StringIO(b"".join(stream).decode(), newline="")))

    assert "3.50 on average of 2 ratings" in shown
    assert "Two days late." in filtered
    assert good.number not in filtered
    assert [(row["rating"], row["order_number"]) for row in rows] == [("5", good.number), ("2", bad.number)]
    assert not rows[0]["text"].startswith("=")
    assert "2 of 5" in owner.get(f"/orders/{bad.id}/").content.decode()


def test_people_of_one_store_read_what_was_said_there() -> None:
    merchant = a_merchant()
    mine, other = a_store(merchant), a_store(merchant)
    order = a_paid_order(merchant, store_id=mine.id)
    say(order)

    with acting_for(merchant.id):
        assert queries.find_all(FeedbackFilters(only_stores=frozenset({mine.id}))).count() == 1
        assert queries.find_all(FeedbackFilters(only_stores=frozenset({other.id}))).count() == 0


def test_an_erased_customer_takes_the_words_along_and_leaves_the_rating() -> None:
    merchant = a_merchant()
    mine, other = a_paid_order(merchant, email="ada@example.com"), a_paid_order(merchant, email="kim@example.com")
    for order in (mine, other):
        say(order, 2, "Ring me: Ada Berg")

    with acting_for(merchant.id):
        done = people.forget_words(Erasure([], ["ada@example.com"], machine_now()))
        left = {row.order_id: (row.rating, row.text) for row in Feedback.objects.all()}
        with pytest.raises(DatabaseError), transaction.atomic():
            Feedback.objects.update(rating=5)

    assert done == 1
    assert left == {mine.id: (2, ""), other.id: (2, "Ring me: Ada Berg")}
