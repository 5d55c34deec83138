"""The wall as a page: what a terminal that does nothing last took, and the screen in the stock room."""

from __future__ import annotations

import pytest

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from terminals.devices.models import Terminal
from terminals.live import feed
from terminals.live.tiles import list_last_taken
from tests.clients import signed_in
from tests.factories import a_staff_member, papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def terminal(merchant):
    terminal = papers.a_terminal(merchant)
    Terminal.across_merchants.filter(id=terminal.id).update(state="ready")
    return terminal


def takes(merchant, terminal, minor):
    with acting_for(merchant.id):
        data = {"amount_minor": minor, "currency": "EUR"}
        feed.add(terminal, "approved", "Approved", now=machine_now(), data=data)


def wall(merchant, query=""):
    return signed_in(a_staff_member(merchant, role="manager")).get(f"/terminals/{query}").content.decode()


def test_a_ready_terminal_shows_the_last_payment_it_took(merchant, terminal):
    takes(merchant, terminal, 1890)
    takes(merchant, terminal, 6580)
    with acting_for(merchant.id):
        feed.add(terminal, "declined", "Declined", now=machine_now())
        taken = list_last_taken([terminal.id])

    assert taken[terminal.id].amount == Money(6580, "EUR")
    tile = wall(merchant).split('class="tile ready"')[1]
    assert '<span class="cur">€</span>65.80' in tile.split("</li>")[0]


def test_a_terminal_that_took_nothing_says_so_and_not_ready_twice(merchant, terminal):
    assert "Nothing taken yet" in wall(merchant)


def test_events_from_before_amounts_were_kept_still_show_their_time(merchant, terminal):
    with acting_for(merchant.id):
        feed.add(terminal, "approved", "Approved 1.00 EUR", now=machine_now())
        taken = list_last_taken([terminal.id])

    assert taken[terminal.id].amount is None
    assert "Last" in wall(merchant)


def test_wall_mode_leaves_only_the_tiles_and_the_way_out(merchant, terminal):
    text = wall(merchant, "?wall=1")

    assert 'class="wall-mode"' in text
    assert "Leave wall mode" in text
    assert "Add terminal" not in text


@pytest.mark.parametrize(("step", "offered"), [("card", True), ("done", False)])
def test_a_payment_can_be_cancelled_until_it_is_done(merchant, terminal, step, offered):
    Terminal.across_merchants.filter(id=terminal.id).update(state="in_payment", step=step)

    assert ("Cancel payment" in wall(merchant)) is offered
