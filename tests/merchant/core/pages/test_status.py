"""One table says how states look; every state a row can be in has its own word in it."""

import pytest

from inventory.stock.states import RESERVATION
from merchant.accounts.approvals.states import APPROVAL
from merchant.core.jobs.states import JOB
from merchant.core.pages.status import STATUS, appearance
from merchant.core.states import StateTable
from merchant.messages.states import DELIVERY
from orders.order.states import FULFILMENT, ORDER
from payments.reconciliation.states import EXCEPTION, EXCEPTION_KINDS, STATEMENT
from payments.records.states import OPERATION, OVERRIDE, PAYMENT
from payments.settlement.states import PAYOUT, REPORT
from terminals.devices.states import TERMINAL_STATES

TABLES: dict[str, StateTable] = {
    "payment": PAYMENT,
    "operation": OPERATION,
    "order": ORDER,
    "fulfilment": FULFILMENT,
    "job": JOB,
    "report": REPORT,
    "payout": PAYOUT,
    "statement": STATEMENT,
    "exception": EXCEPTION,
    "delivery": DELIVERY,
    "reservation": RESERVATION,
    "approval": APPROVAL,
    "override": OVERRIDE,
}
LISTS = {"terminal": TERMINAL_STATES, "recon": EXCEPTION_KINDS}
TONES = {"good", "warn", "bad", "info", "back", "idle"}


@pytest.mark.parametrize("family", TABLES)
def test_every_state_of_a_table_has_a_look(family: str) -> None:
    assert set(TABLES[family].states) <= set(STATUS[family])


@pytest.mark.parametrize("family", LISTS)
def test_every_word_of_a_list_has_a_look(family: str) -> None:
    assert set(LISTS[family]) <= set(STATUS[family])


@pytest.mark.parametrize("family", STATUS)
def test_no_two_looks_of_a_family_share_icon_and_word(family: str) -> None:
    looks = STATUS[family].values()

    assert {look.tone for look in looks} <= TONES
    assert len({(look.icon, str(look.word)) for look in looks}) == len(looks)


def test_an_unknown_outcome_never_looks_like_success_or_failure() -> None:
    for family in ("payment", "operation", "terminal", "order_payment"):
        unknown = STATUS[family]["unknown"]
        assert unknown.tone == "warn"
        assert sum(look.icon == unknown.icon for look in STATUS[family].values()) == 1


def test_a_state_the_table_does_not_know_is_shown_as_its_own_word() -> None:
    look = appearance("payment", "held_by_customs")

    assert (look.tone, look.word) == ("idle", "Held by customs")
