"""What a file came to is told by the data of its act: nobody reads of a booking that did not happen."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit_log.building import act_words


@pytest.mark.parametrize(
    ("action", "data", "told"),
    [
        ("report.posted", {"rows": 3, "rows_known": 1}, "A settlement report was booked"),
        ("report.posted", {"rows": 3}, "A settlement report was booked"),
        ("report.posted", {}, "A settlement report was booked"),
        ("report.posted", {"rows": 3, "rows_known": 3}, "A settlement report brought nothing new; nothing was booked"),
        (
            "report.posted",
            {"rows": 0, "rows_known": 0},
            "A settlement report without rows was read; there was nothing to book",
        ),
        ("statement.imported", {"status": "balanced"}, "A bank statement was read"),
        ("statement.imported", {"status": "balanced", "rows": 3, "rows_known": 2}, "A bank statement was read"),
        (
            "statement.imported",
            {"status": "unproven", "rows": 3, "rows_known": 3},
            "A bank statement brought nothing new; no line was taken",
        ),
        ("statement.imported", {"status": "out_of_balance"}, "A bank statement did not add up and was not taken"),
        ("statement.imported", {"status": "waiting"}, "A page of a bank statement waits for the others"),
    ],
)
def test_an_act_of_a_file_says_what_it_came_to(action: str, data: dict[str, Any], told: str) -> None:
    assert act_words(action, data, "EUR") == told
