"""The dialog in which an order's money goes back over its tenders: proposed, changeable, once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.after_sales.test_over_several_tenders import Split

pytestmark = pytest.mark.django_db


@pytest.fixture
def split() -> Split:
    return Split()


def address(split: Split) -> str:
    return f"/orders/{split.shop.order_id}/refund/"


def form(split: Split, page: str, amount: str, *, card: str = "", cash: str = "", **changes: str) -> dict[str, str]:
    hidden = dict(re.findall(r'name="(idempotency_key|version)"\s+value="([^"]+)"', page))
    parts = {f"part_{split.card.id}": card, f"part_{split.cash.id}": cash}
    return {**hidden, "amount": amount, "reason": "goodwill", "note": "", **parts, **changes}


def proposed(page: str) -> list[str]:
    return re.findall(r'name="part_[^"]+"\s+inputmode="decimal"\s+autocomplete="off"\s+value="([^"]*)"', page)


def test_the_original_route_is_proposed_and_anew_for_another_amount(split: Split) -> None:
    client = signed_in(split.owner)

    assert sorted(proposed(client.get(address(split)).content.decode())) == ["20.00", "30.00"]
    assert sorted(proposed(client.get(address(split), {"amount": "31.00"}).content.decode())) == ["1.00", "30.00"]
    assert sorted(proposed(client.get(address(split), {"amount": "nonsense"}).content.decode())) == ["", ""]
    assert f'href="{address(split)}"' in client.get(f"/orders/{split.shop.order_id}/").content.decode()
    assert split.refunds == {}


def test_the_dialog_shares_a_typed_amount_out_by_itself(split: Split) -> None:
    client = signed_in(split.owner)
    part = {"HX-Request": "true"}

    dialog = client.get(address(split), headers=part).content.decode()
    asked = client.get(address(split), {"amount": "31.00"}, headers=part).content.decode()

    [waits] = re.findall(r'<span hidden\s+hx-get="([^"]+)"\s+hx-trigger="change from:#refund-amount"', dialog)
    assert waits == address(split)
    assert 'hx-select="#refund-parts"' in dialog and 'hx-target="#refund-parts"' in dialog
    for page in (dialog, asked):
        assert (page.count('id="refund-amount"'), page.count('id="refund-parts"')) == (1, 1)
    assert sorted(proposed(asked)) == ["1.00", "30.00"]
    assert "hx-trigger" not in client.get(address(split)).content.decode().split("<form", 1)[1].split("</form>")[0]
    assert split.refunds == {}


def test_what_was_changed_goes_back_as_it_was_changed_and_once(split: Split) -> None:
    client = signed_in(split.owner)
    fields = form(split, client.get(address(split)).content.decode(), "15.00", card="5,00", cash="10.00")

    answers = [client.post(address(split), fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert split.refunds == {"card": 500, "cash": 1000}


@pytest.mark.parametrize(
    ("amount", "parts", "status", "words"),
    [
        ("15.00", {"card": "5.00"}, 422, "The parts come to €5.00, the refund to €15.00"),
        ("50.01", {"card": "30.00", "cash": "20.01"}, 409, "Only €20.00 of that"),
        ("5.00", {"card": "much"}, 422, "Write the amount"),
    ],
)
def test_parts_that_are_not_the_amount_move_nothing(
    split: Split, amount: str, parts: dict[str, str], status: int, words: str
) -> None:
    client = signed_in(split.owner)
    fields = form(split, client.get(address(split)).content.decode(), amount, **parts)

    answer = client.post(address(split), fields)

    assert (answer.status_code, split.refunds) == (status, {})
    assert words in answer.content.decode()


def test_a_form_drawn_before_another_refund_is_refused(split: Split) -> None:
    client = signed_in(split.owner)
    page = client.get(address(split)).content.decode()
    split.refund(1000)

    answer = client.post(address(split), form(split, page, "10.00", cash="10.00"))

    assert (answer.status_code, split.refunds) == (409, {"card": 1000})


def test_above_a_persons_limit_somebody_is_asked_and_nothing_moves(split: Split) -> None:
    cashier: Any = a_staff_member(split.shop.merchant, role="cashier", refund_limit_minor=999)
    client = signed_in(cashier)
    fields = form(split, client.get(address(split)).content.decode(), "10.00", cash="10.00")

    answer = client.post(address(split), fields)

    assert (answer.status_code, split.refunds) == (302, {})
    assert "Asked for approval" in client.get(f"/orders/{split.shop.order_id}/").content.decode()
