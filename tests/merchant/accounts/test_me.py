"""What a tablet is told of itself: enough to number and print a receipt when the line is gone."""

from __future__ import annotations

import pytest

from merchant.merchants.models import Register
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import sell

pytestmark = pytest.mark.django_db(transaction=True)


def last_number(counter: Counter) -> int:
    return int(counter.left.get("me/").json()["register"]["last_receipt_number"])


def test_the_last_receipt_number_is_right_after_every_paper_of_the_series() -> None:
    counter = Counter()
    before = last_number(counter)
    sold = sell(counter)
    after_sale = last_number(counter)
    order = counter.left.get(f"orders/{sold['order']['id']}/").json()
    line = order["lines"][0]["id"]

    back = counter.left.post(
        f"orders/{order['id']}/returns/", {"lines": [{"line_id": line, "quantity": 1}], "reason": "size"}
    )

    assert back.status_code == 201, back.content
    assert (before, after_sale, last_number(counter)) == (0, 1, 2)
    with counter.scope():
        assert Register.objects.get(id=counter.left.register.id).last_receipt_number == 2


@pytest.mark.parametrize(
    ("country", "currency", "step", "least"), [("DE", "EUR", 1, 0), ("SE", "SEK", 100, 0), ("SK", "EUR", 5, 5)]
)
def test_a_tablet_is_told_how_cash_is_rounded_and_whose_receipts_it_writes(
    country: str, currency: str, step: int, least: int
) -> None:
    counter = Counter(country=country, currency=currency)

    store = counter.left.get("me/").json()["store"]

    assert store["cash"] == {"step_minor": step, "least_minor": least}
    assert store["address"]["street"] == "Große Bergstraße 7"
    assert (store["tax_number"], store["is_vat_number"]) == ("DE123456789", True)
    assert store["organisation_number"] == "HRB 4711"


def test_who_is_no_tablet_has_no_register(client) -> None:  # type: ignore[no-untyped-def]
    from tests.clients import signed_in
    from tests.factories import a_merchant, a_staff_member

    answer = signed_in(a_staff_member(a_merchant(), role="owner")).get("/api/v1/me/").json()

    assert (answer["register"], answer["store"]) == (None, None)
