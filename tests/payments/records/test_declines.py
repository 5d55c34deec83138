"""Every no is one of four kinds, in words for both sides of the counter, with what to offer next."""

from __future__ import annotations

import pytest

from payments.checkout.declines import decline
from payments.gateways.sandbox.processor import tokens
from payments.records.declines import ACTIONS, BY_CODE, NEVER, OTHER_METHOD, advice, as_document
from payments.records.models import METHODS
from terminals.drivers.agent import answers, protocol


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_known_code_says_what_to_do_and_what_to_offer(code: str) -> None:
    told = advice(code)

    assert told.action in ACTIONS
    assert str(told.cashier).endswith(".")
    assert str(told.shopper).endswith(".")
    assert set(told.next_tenders) <= set(METHODS)
    # While nobody knows what was charged nothing else may be taken.
    assert bool(told.next_tenders) is (code != "amount_differs")


def test_every_no_of_the_sandbox_and_of_terminals_is_known() -> None:
    sandbox = {*tokens._DECLINES.values(), *tokens._DECLINES_BY_AMOUNT.values()}
    terminals = {
        *answers._DECLINED,
        *answers._NOT_PROCESSED,
        protocol.NOT_SENT,
        protocol.TERMINAL_OFFLINE,
        protocol.NEVER_ARRIVED,
    }

    assert sandbox | terminals <= set(BY_CODE)


def test_a_code_nobody_knows_is_a_plain_no_with_another_way_to_pay() -> None:
    assert advice("mystery").action == OTHER_METHOD
    assert decline("mystery").who == "shopper"


def test_a_dead_card_is_never_tried_again() -> None:
    assert {advice(code).action for code in ("lost_card", "expired_card", "stolen_card")} == {NEVER}


def test_where_nothing_was_declined_there_is_no_advice() -> None:
    assert as_document("") is None
    assert as_document("expired_card") == {
        "code": "expired_card",
        "action": "never",
        "cashier": "The card has expired. Take another one.",
        "shopper": "The card has expired.",
        "next_tenders": ["card_present", "card", "wallet", "gift_card", "cash"],
    }
