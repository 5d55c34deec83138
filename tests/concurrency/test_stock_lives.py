"""Random lives of stock: whatever is sold, promised, sent, received and counted, in whatever order, no piece is sold twice or lost."""

from __future__ import annotations

import os

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from inventory.receiving import counts, deliveries, transfers
from inventory.receiving.deliveries import Arrived
from inventory.receiving.models import TransferLine
from inventory.stock import reservations
from inventory.stock import services as stock
from inventory.stock.models import Reservation, StockLevel, StockMovement
from inventory.stock.services import Pieces
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant, a_store, a_variant

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("STOCK_LIVES", "15"))
pieces = st.integers(min_value=1, max_value=6)
which = st.integers(min_value=0, max_value=1)


class Stock(RuleBasedStateMachine):
    """Two stores, two articles, and a second set of books kept in plain integers: what is really on the shelf."""

    def __init__(self) -> None:
        super().__init__()
        self.merchant = a_merchant()
        self.stores = [a_store(self.merchant), a_store(self.merchant)]
        self.variants = [a_variant(self.merchant, stock=8, store=self.stores[0]) for _ in range(2)]
        self.shelf = {(v.id, s.id): 8 if s is self.stores[0] else 0 for v in self.variants for s in self.stores}
        self.held: dict = {}
        self.transfers: list = []
        self.deliveries: list = []
        self.counts: list = []
        self.now = machine_now()

    def ask(self, act):
        """Return what `act` returned, or None if it was refused."""
        try:
            with acting_for(self.merchant.id), transaction.atomic():
                return act() or True
        except AppError:
            return None

    @rule(article=which, store=which, quantity=pieces)
    def sell(self, article, store, quantity):
        variant, place = self.variants[article].id, self.stores[store].id
        if self.ask(
            lambda: stock.take(pieces=[Pieces(variant, quantity)], store_id=place, source="sale", now=self.now)
        ):
            self.shelf[variant, place] -= quantity

    @rule(quantities=st.lists(st.tuples(which, which, pieces), min_size=1, max_size=3, unique_by=lambda one: one[:2]))
    def promise(self, quantities):
        wanted = [
            Pieces(self.variants[article].id, quantity, new_id(), store_id=self.stores[store].id)
            for article, store, quantity in quantities
        ]
        if self.ask(lambda: reservations.reserve(pieces=wanted, store_id=None, expires_at=None, now=self.now)):
            self.held |= {piece.line_id: piece for piece in wanted}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), is_taken=st.booleans())
    def end_promise(self, data, is_taken):
        piece = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
        with acting_for(self.merchant.id):
            if is_taken:
                reservations.take_reserved(line_ids=[piece.line_id], source="hand-over", now=self.now)
                self.shelf[piece.variant_id, piece.store_id] -= piece.quantity
            else:
                assert reservations.release(line_ids=[piece.line_id]) == 1

    @rule(article=which, quantity=pieces)
    def send(self, article, quantity):
        variant = self.variants[article].id
        sent = self.ask(
            lambda: transfers.send_transfer(
                store_from=self.stores[0].id,
                store_to=self.stores[1].id,
                pieces={variant: quantity},
                note="",
                names={},
                now=self.now,
            )
        )
        if sent:
            self.shelf[variant, self.stores[0].id] -= quantity
            self.transfers.append((sent.id, variant))

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), received=st.integers(0, 4), damaged=st.integers(0, 2))
    def arrive(self, data, received, damaged):
        transfer_id, variant = data.draw(st.sampled_from(self.transfers))
        came = [Arrived(variant, received, damaged)]
        if self.ask(lambda: transfers.receive_transfer(transfer_id=transfer_id, arrived=came, now=self.now)):
            self.shelf[variant, self.stores[1].id] += received

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), is_back=st.booleans())
    def give_up(self, data, is_back):
        transfer_id, variant = data.draw(st.sampled_from(self.transfers))
        with acting_for(self.merchant.id):
            left = sum(line.on_the_way for line in TransferLine.objects.filter(transfer_id=transfer_id))
        closed = self.ask(lambda: transfers.close_transfer(transfer_id=transfer_id, is_back=is_back, now=self.now))
        if closed and is_back:
            self.shelf[variant, self.stores[0].id] += left

    @rule(article=which, store=which, expected=pieces, received=pieces)
    def deliver(self, article, store, expected, received):
        variant, place = self.variants[article].id, self.stores[store].id
        with acting_for(self.merchant.id):
            delivery = deliveries.announce_delivery(
                store_id=place, expected={variant: expected}, supplier="", reference="", expected_on=None, now=self.now
            )
            deliveries.receive_delivery(delivery_id=delivery.id, arrived=[Arrived(variant, received)], now=self.now)
        self.shelf[variant, place] += received

    @rule(article=which, store=which, error=st.integers(-2, 2))
    def count(self, article, store, error):
        """Somebody counts, and is wrong or finds what was stolen; it is booked later."""
        variant, place = self.variants[article].id, self.stores[store].id
        counted = max(0, self.shelf[variant, place] + error)
        with acting_for(self.merchant.id):
            count = counts.begin_count(store_id=place, note="", now=self.now)
            counts.record_count(count_id=count.id, variant_id=variant, quantity=counted, now=self.now)
        self.counts.append((count.id, variant, place, counted - self.shelf[variant, place]))

    @precondition(lambda self: self.counts)
    @rule(data=st.data())
    def book(self, data):
        chosen = data.draw(st.sampled_from(self.counts))
        count_id, variant, place, difference = chosen
        if self.ask(lambda: counts.book_count(count_id=count_id, reason="count", now=self.now)):
            self.counts.remove(chosen)
            self.shelf[variant, place] += difference

    @invariant()
    def both_books_agree(self):
        with acting_for(self.merchant.id):
            levels = {(row.variant_id, row.store_id): row for row in StockLevel.objects.all()}
            for key, on_hand in self.shelf.items():
                level = levels.get(key)
                assert (level.on_hand if level else 0) == on_hand
                moved = StockMovement.objects.filter(variant_id=key[0], store_id=key[1]).aggregate(n=Sum("quantity"))[
                    "n"
                ]
                assert (moved or 0) == on_hand
                promised = sum(p.quantity for p in self.held.values() if (p.variant_id, p.store_id) == key)
                assert (level.reserved if level else 0) == promised <= on_hand
            assert Reservation.objects.filter(status="held").count() == len(self.held)


def test_no_order_of_sales_promises_transfers_deliveries_and_counts_loses_or_invents_a_piece():
    run_state_machine_as_test(
        Stock,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
