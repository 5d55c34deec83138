"""A part that somebody typed is read as it stands there, or refused."""

from __future__ import annotations

import pytest

from merchant.core.pages.rules import RuleInvalid, read_amount, read_basis_points


@pytest.mark.parametrize(("text", "basis_points"), [("12.5", 1250), ("12,5 %", 1250), ("0", 0), ("100.00", 10_000)])
def test_a_part_is_read_with_point_or_comma(text: str, basis_points: int) -> None:
    assert read_basis_points(text, name="Rate") == basis_points


@pytest.mark.parametrize("text", ["", "1e1", "1_0", "NaN", "-1", "100.01", "1.255", "٧"])
def test_what_is_not_written_as_people_write_a_part_is_refused(text: str) -> None:
    with pytest.raises(RuleInvalid):
        read_basis_points(text, name="Rate")


def test_an_amount_with_an_exponent_is_refused() -> None:
    with pytest.raises(RuleInvalid):
        read_amount("1e3", currency="EUR", name="Limit")
