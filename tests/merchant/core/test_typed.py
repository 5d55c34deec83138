"""What somebody typed is told by its shape, and never read as something else."""

from __future__ import annotations

import pytest

from merchant.core.typed import TypedAmount, typed_amount, typed_card


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", TypedAmount(1250)),
        ("12,50", TypedAmount(1250)),
        ("-12.50", TypedAmount(-1250)),
        ("1,284.50", TypedAmount(128450)),
        ("1.284,50", TypedAmount(128450)),
        ("1 284,50 kr", TypedAmount(128450)),
        ("€12", TypedAmount(1200, "EUR")),
        ("€ 86.40", TypedAmount(8640, "EUR")),
        ("86,40 EUR", TypedAmount(8640, "EUR")),
        ("JPY 1500", TypedAmount(1500, "JPY")),
        ("¥12,800", TypedAmount(12800, "JPY")),
        ("1.500 KWD", TypedAmount(1500, "KWD")),
    ],
)
def test_an_amount_is_read_with_the_decimals_of_its_currency(text: str, amount: TypedAmount) -> None:
    assert typed_amount(text) == amount


@pytest.mark.parametrize(
    "text", ["", "4242", "12.5", "1.28,50", "12.50.", "XYZ 12.50", "EUR 12.50 EUR", "Till 1-42", "9" * 30]
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert typed_amount(text) is None


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("4242", ("4242", None)),
        ("•4242", ("4242", None)),
        ("**** 4242", ("4242", None)),
        ("•4242 12.50", ("4242", TypedAmount(1250))),
        ("4242, €12", ("4242", TypedAmount(1200, "EUR"))),
        ("42424", None),
        ("4242 Kim", None),
        ("12.50", None),
    ],
)
def test_the_end_of_a_card_and_the_amount_beside_it(text: str, card: tuple[str, TypedAmount | None] | None) -> None:
    assert typed_card(text) == card
