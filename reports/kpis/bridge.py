"""From the store's days to the processor's: why a period's figures differ by calendar, to the minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from reports.kpis import facts


@dataclass(frozen=True, slots=True)
class Bridge:
    """
    One gateway account's money of a period in one currency, net of refunds, in minor units.

    `store` − `booked_after` − `booked_before` − `not_booked` + `from_before` + `from_after` = `processor`: what the stores' days hold, less what the processor booked after the period,
    before it or not at all, and with what it booked in the period of other days. The same between `store` and `utc`.
    """

    account: str
    currency: str
    store: int
    utc: int
    utc_left: int
    utc_joined: int
    processor: int
    booked_after: int
    booked_before: int
    not_booked: int
    from_before: int
    from_after: int

    @property
    def ties(self) -> bool:
        """Whether both bridges hold. They are the same facts counted three ways, so anything else is a fault of ours."""
        left = self.booked_after + self.booked_before + self.not_booked
        to_processor = self.store - left + self.from_before + self.from_after
        return to_processor == self.processor and self.store - self.utc_left + self.utc_joined == self.utc


_DAYS = facts.TENDERS_DAYS
# Every fact that is in the period by at least one calendar.
_FACTS = facts.TENDERS.replace(
    "{day} AS day",
    f"{_DAYS['store']} AS day, {_DAYS['utc']} AS utc, {_DAYS['processor']} AS processor",
).replace(
    "{day} BETWEEN %s AND %s",
    f"({_DAYS['store']} BETWEEN %s AND %s OR {_DAYS['utc']} BETWEEN %s AND %s OR {_DAYS['processor']} BETWEEN %s AND %s)",
)
_BRIDGE = f"""
SELECT g.name, f.currency, {{sums}}
FROM ({_FACTS}) f JOIN gateway_account g ON g.id = f.gateway_account_id WHERE g.gateway <> 'manual' GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_SUMS = {
    "store": "day {in}",
    "utc": "utc {in}",
    "utc_left": "day {in} AND NOT utc {in}",
    "utc_joined": "utc {in} AND NOT day {in}",
    "processor": "processor {in}",
    "booked_after": "day {in} AND processor > {last}",
    "booked_before": "day {in} AND processor < {first}",
    "not_booked": "day {in} AND processor IS NULL",
    "from_before": "processor {in} AND day < {first}",
    "from_after": "processor {in} AND day > {last}",
}

# What a bridge is made of, in its order.
STEPS = tuple(_SUMS)


def list_bridges(*, date_from: date, date_to: date) -> list[Bridge]:
    """Return the bridge of every gateway account and currency that has a fact in the period by any calendar, with one statement."""
    first, last = f"'{date_from}'::date", f"'{date_to}'::date"
    words = {"in": f"BETWEEN {first} AND {last}", "first": first, "last": last}
    sums = ", ".join(
        f"coalesce(sum(f.net) FILTER (WHERE {condition.format(**words)}), 0)::bigint" for condition in _SUMS.values()
    )
    days: Sequence[Any] = [date_from, date_to] * 3
    rows = db.rows(_BRIDGE.format(sums=sums), [current_merchant_id(), *days])
    return [Bridge(*row) for row in rows]
