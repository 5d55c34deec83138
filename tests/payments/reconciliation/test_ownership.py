"""An account's number as banks write it in their files."""

from __future__ import annotations

import pytest

from payments.reconciliation.statements.ownership import plain_number


@pytest.mark.parametrize(
    ("named", "plain"),
    [
        ("NL34RABO0142623393 EUR", "NL34RABO0142623393"),
        ("12345678/0123456789EUR", "123456780123456789"),
        ("//AT39364/12345678912/EUR", "AT3936412345678912"),
        ("UBRTHUHB/123456789150/HUF", "UBRTHUHB123456789150"),
        ("BILLLULLXXX/LU540026121160200600", "BILLLULLXXXLU540026121160200600"),
    ],
)
def test_a_currency_behind_the_number_is_no_part_of_it(named: str, plain: str) -> None:
    assert plain_number(named) == plain
