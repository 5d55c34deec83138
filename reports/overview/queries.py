"""The figures of Home, each with one statement."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import current_merchant_id

# Where the money is: payments of so many days, which is longer than any processor keeps money and short enough to add up at once.
FLOW_DAYS = 30
# Days that are over change slowly: an outcome that was unknown, a late webhook.
_NORMAL_SECONDS = 600.0
# Open screens draw where the money is every ten seconds; more often helps nobody.
_FLOW_SECONDS = 10.0
# The day a week ago: only refunds still change it.
_PAST_SECONDS = 60.0
_REMEMBERED_MAX = 1_000


_remembered: dict[tuple[Any, ...], tuple[float, list[dict[str, Any]]]] = {}


def _at_most_old(seconds: float, key: tuple[Any, ...], ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return what `ask` answers, or answered for the merchant in scope and `key` at most `seconds` ago."""
    whose = (current_merchant_id(), *key)
    expires, rows = _remembered.get(whose, (0.0, []))
    if time.monotonic() >= expires:
        rows = ask()
        if len(_remembered) >= _REMEMBERED_MAX:
            _remembered.clear()
        _remembered[whose] = (time.monotonic() + seconds, rows)
    return rows


def forget() -> None:
    """Ask again for everything that is remembered."""
    _remembered.clear()


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The part of the business that is looked at. None for all."""

    stores: tuple[UUID, ...] | None = None
    channel_id: UUID | None = None

    def parameters(self, **others: Any) -> dict[str, Any]:
        """Return what every statement below needs, and `others`."""
        return {
            "merchant": current_merchant_id(),
            "stores": list(self.stores) if self.stores is not None else None,
            "channel": self.channel_id,
            **others,
        }


_OF_STORES = "(%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s))"
_NARROW = f"{_OF_STORES} AND (%(channel)s::uuid IS NULL OR o.channel_id = %(channel)s)"
_TAKEN = "p.authorised_minor - p.voided_minor - p.refunded_minor"

# Hours count from midnight of the business day, so what is sold after midnight and before the cut-off stands behind the evening.
# Orders are looked up payment by payment (OFFSET 0 keeps it so): joined as a set, the planner reads every order there ever was.
_TAKINGS = f"""
SELECT taken.*, c.name AS channel, s.name AS store FROM (
    SELECT business_date, floor(elapsed / 3600)::int AS hour, channel_id, store_id, currency, sum(net)::bigint AS net_minor,
        coalesce(sum(net) FILTER (WHERE elapsed <= %(elapsed)s), 0)::bigint AS so_far_minor, sum(refunded)::bigint AS refunded_minor, min(created_at) AS first_at
    FROM (
        SELECT p.business_date, o.channel_id, p.store_id, p.currency, {_TAKEN} AS net, p.refunded_minor AS refunded, p.created_at,
            date_part('epoch', (p.created_at AT TIME ZONE coalesce(s.zone, c.zone)) - p.business_date::timestamp) AS elapsed
        FROM payment_payment p CROSS JOIN LATERAL (SELECT o.channel_id FROM order_order o WHERE o.id = p.order_id OFFSET 0) o
            JOIN merchant_channel c ON c.id = o.channel_id LEFT JOIN merchant_store s ON s.id = p.store_id
        WHERE p.merchant_id = %(merchant)s AND p.business_date = %(day)s AND p.authorised_minor > p.voided_minor AND {_NARROW}
    ) payments GROUP BY 1, 2, 3, 4, 5
) taken JOIN merchant_channel c ON c.id = taken.channel_id LEFT JOIN merchant_store s ON s.id = taken.store_id
"""  # noqa: S608


_ORDERS = """
SELECT o.store_id, o.currency, count(*)::int AS orders, sum(o.total_minor)::bigint AS value_minor FROM order_order o
WHERE o.merchant_id = %(merchant)s AND o.business_date = %(day)s AND o.status IN ('open', 'completed') AND o.secured_minor >= o.total_minor
    AND (%(stores)s::uuid[] IS NULL OR o.store_id = ANY(%(stores)s)) AND (%(channel)s::uuid IS NULL OR o.channel_id = %(channel)s) GROUP BY 1, 2
"""
# One statement looks once: between two of them tills go on selling, and orders would be counted whose money is not.
_DAY = f"""
SELECT true AS is_money, business_date, hour, channel_id, channel, store_id, store, currency, net_minor, so_far_minor, refunded_minor, first_at, 0 AS orders, 0 AS value_minor
FROM ({_TAKINGS}) money
UNION ALL
SELECT false, NULL, NULL, NULL, '', store_id, '', currency, 0, 0, 0, NULL, orders, value_minor FROM ({_ORDERS}) paid
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Day:
    """What was taken on a day and on the one it is compared with, and the day's paid orders. What is of the day itself is of one moment."""

    takings: list[dict[str, Any]]
    orders: list[dict[str, Any]]


def get_day(narrowed: Narrowed, *, today: date, past: date, elapsed_seconds: int) -> Day:
    """
    Return what was taken on both days by hour, channel, store and currency, and the paid orders of `today` and their value per store and currency.

    `so_far_minor` leaves out what came later in the day than now. What was taken on `past` is at most a minute old. The orders are the facts of the report on orders.
    """
    asked = narrowed.parameters(elapsed=elapsed_seconds)
    rows = db.dict_rows(_DAY, {**asked, "day": today})
    before = _at_most_old(
        _PAST_SECONDS, ("past", narrowed, past), lambda: db.dict_rows(_TAKINGS, {**asked, "day": past})
    )
    return Day([row for row in rows if row["is_money"]] + before, [row for row in rows if not row["is_money"]])


# What a report settled less than was agreed; of what is taken and no more all is with the processor anyway.
_UNSETTLED = "CASE WHEN g.money_stage <> 'taken' THEN least(g.unsettled_minor, greatest(p.captured_minor - p.refunded_minor, 0)) ELSE 0 END"
# A channel is the order's; without one there is no need to look at orders.
_FLOW = f"""
SELECT CASE WHEN p.captured_minor = 0 THEN 'authorised' ELSE coalesce(g.money_stage, c.money_stage, 'taken') END AS stage, p.currency, count(*)::int AS number,
    sum(CASE WHEN p.captured_minor = 0 THEN p.authorised_minor - p.voided_minor ELSE p.captured_minor - p.refunded_minor END)::bigint AS minor,
    sum(least(coalesce(g.missing_minor, 0), greatest(p.captured_minor - p.refunded_minor - {_UNSETTLED}, 0)))::bigint AS missing_minor,
    sum({_UNSETTLED})::bigint AS unsettled_minor, (count(*) FILTER (WHERE {_UNSETTLED} > 0))::int AS unsettled_number
FROM payment_payment p {{orders}} LEFT JOIN payment_stage g ON g.payment_id = p.id LEFT JOIN payment_stage_carried c ON c.payment_id = p.id
WHERE p.merchant_id = %(merchant)s AND p.business_date >= %(since)s AND p.method = ANY(%(methods)s)
    AND (p.captured_minor > 0 OR p.status = 'authorised') AND {_OF_STORES}
GROUP BY 1, 2 ORDER BY 2
"""  # noqa: S608
_OF_CHANNEL = "JOIN order_order o ON o.id = p.order_id AND o.channel_id = %(channel)s"


def list_flow(narrowed: Narrowed, *, since: date, methods: list[str]) -> list[dict[str, Any]]:
    """
    Return how many payments, and how much, stand at each stage per currency, at most ten seconds old: it looks at every payment of a month.

    `unsettled_minor` is what the processor settled less than was agreed of so many of them (`unsettled_number`), and `missing_minor` what of the others' money a short
    payout did not bring.
    """
    statement = _FLOW.format(orders=_OF_CHANNEL if narrowed.channel_id else "")
    asked = narrowed.parameters(since=since, methods=methods)
    return _at_most_old(_FLOW_SECONDS, ("flow", narrowed, since, *methods), lambda: db.dict_rows(statement, asked))


_TERMINALS = """
SELECT t.store_id, t.state, count(*)::int AS number FROM terminal_terminal t
WHERE t.merchant_id = %(merchant)s AND t.token_hash IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR t.store_id = ANY(%(stores)s)) GROUP BY 1, 2
"""


def count_terminals(narrowed: Narrowed) -> list[dict[str, Any]]:
    """Return how many paired terminals of each store are in each state."""
    return db.dict_rows(_TERMINALS, narrowed.parameters())


_LOW_STOCK = """
SELECT store_id, count(*)::int AS number FROM stock_level
WHERE merchant_id = %(merchant)s AND on_hand - reserved <= %(low_at)s AND (%(stores)s::uuid[] IS NULL OR store_id = ANY(%(stores)s)) GROUP BY 1
"""


def count_low_stock(narrowed: Narrowed, *, low_at: int) -> dict[UUID, int]:
    """Return per store how many articles have at most `low_at` pieces left."""
    return {row["store_id"]: row["number"] for row in db.dict_rows(_LOW_STOCK, narrowed.parameters(low_at=low_at))}


_APPROVALS = """
SELECT g.id, g.name, sum(asked)::int AS asked, sum(approved)::int AS approved, sum(asked_lately)::int AS asked_lately, sum(approved_lately)::int AS approved_lately,
    coalesce(string_agg(DISTINCT method, ',') FILTER (WHERE asked > 0), '') AS methods
FROM (
    SELECT o.gateway_account_id, p.method, count(*) FILTER (WHERE o.business_date >= %(day)s) AS asked,
        count(*) FILTER (WHERE o.business_date >= %(day)s AND o.status = 'succeeded') AS approved,
        count(*) FILTER (WHERE o.requested_at >= %(lately)s::timestamptz) AS asked_lately,
        count(*) FILTER (WHERE o.requested_at >= %(lately)s::timestamptz AND o.status = 'succeeded') AS approved_lately
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
    WHERE o.merchant_id = %(merchant)s AND o.kind = 'authorise' AND o.business_date >= %(first)s AND (%(before)s::date IS NULL OR o.business_date < %(before)s)
        AND (o.business_date >= %(day)s OR o.requested_at >= %(lately)s::timestamptz) AND o.status IN ('succeeded', 'declined', 'failed', 'unknown') AND p.method <> 'marketplace'
    GROUP BY 1, 2
) counted JOIN gateway_account g ON g.id = counted.gateway_account_id GROUP BY g.id, g.name
"""
_ASKED = ("asked", "approved", "asked_lately", "approved_lately")


def list_approvals(*, since: date, today: date, lately: datetime) -> list[dict[str, Any]]:
    """
    Return per gateway account that was asked on the business days from `since` on how many authorisations were, and were approved; and the same `lately`.

    Days before `today` are at most ten minutes old; `today`, and what is of `lately`, is as it is.
    """
    key = ("approvals", since, today)
    before = _at_most_old(_NORMAL_SECONDS, key, lambda: _approvals(first=since, day=since, before=today))
    rows = {row["id"]: row for row in before}
    # The last hour may have begun on the business day before, wherever the store is.
    for row in _approvals(first=min(today, lately.date() - timedelta(days=1)), day=today, lately=lately):
        rows[row["id"]] = _added(rows[row["id"]], row) if row["id"] in rows else row
    return sorted((row for row in rows.values() if row["asked"]), key=lambda row: str(row["name"]))


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    methods = {method for row in (one, other) for method in row["methods"].split(",") if method}
    return {**one, **{name: one[name] + other[name] for name in _ASKED}, "methods": ",".join(methods)}


def _approvals(
    *, first: date, day: date, before: date | None = None, lately: datetime | None = None
) -> list[dict[str, Any]]:
    asked = {"merchant": current_merchant_id(), "first": first, "day": day, "before": before, "lately": lately}
    return db.dict_rows(_APPROVALS, asked)
