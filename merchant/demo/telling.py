"""A day as text: what happened, what it came to, what was planted and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from merchant.demo.day import Day
from merchant.demo.results import digest, tally


def lines_of(day: Day, *, seed: str, seconds: float) -> Iterator[str]:
    """Yield the lines to print; the last names the merchant."""
    currency = day.merchant["currency"]
    yield ""
    yield f"{'outcome':<36}{'count':>7}{currency:>14}"
    for what, count, minor in tally(day.ledger.outcomes):
        yield f"{what:<36}{count:>7}{major(minor):>14}"
    yield ""
    yield from _totals(day)
    yield from _faults(day)
    yield from (f"trouble: {trouble}" for trouble in day.ledger.troubles)
    yield ""
    yield (
        f"{seconds:.0f} s; at most {day.traffic.clients_peak} clients in flight at once, {day.traffic.requests_peak} of them waiting for an answer;"
        f" {day.traffic.requests_total} requests, {day.heard} results heard by websocket, {sum(day.receiver.seen.values())} webhooks"
    )
    yield f"seed={seed}"
    yield f"digest={digest(day.ledger.outcomes)}"
    yield f"merchant={day.merchant['merchant_id']}"


def _totals(day: Day) -> Iterator[str]:
    sums = {what: minor for what, _, minor in tally(day.ledger.outcomes)}

    def of(*endings: str) -> int:
        return sum(minor for what, minor in sums.items() if what.split(" ", 1)[1] in endings)

    cash = of("cash", "rest in cash") + sums.get("cash paid", 0)
    card = of("paid", "paid after a cut line", "paid after a challenge", "paid after silence") - sums.get(
        "cash paid", 0
    )
    for name, minor in (
        ("in cash", cash),
        ("by gift card", of("gift card")),
        ("by card", card),
        ("given back", -of("refund succeeded")),
    ):
        yield f"{name:<43}{major(minor):>14}"
    for file in day.closed.exports if day.closed else ():
        yield f"export {file.kind}.csv: {file.rows} rows, {file.size_bytes} bytes"


def _faults(day: Day) -> Iterator[str]:
    if day.closed is None:
        return
    yield ""
    yield f"planted{'':<29}{'damage':>21}"
    for fault in day.closed.planted:
        for hit in fault["applied"]:
            yield f"{fault['kind']:<18}{hit['reference']:<18}{major(hit['amount_minor']):>21}"
    yield f"found{'':<31}{'difference':>21}"
    for found in sorted(day.closed.exceptions, key=lambda found: (found["kind"], found["reference"])):
        yield f"{found['kind']:<18}{found['reference']:<18}{major(found['amount']['amount_minor']):>21}"


def major(minor: int) -> str:
    """Return cents as a person writes them."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
