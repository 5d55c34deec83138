"""Puts the parts together: a world, its files, and what is true of them. The same seed and run make the same bytes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from reports.truth.generator import bank_files, banking, processor_files, rows
from reports.truth.generator.bank_files import Day
from reports.truth.generator.faults import Planter
from reports.truth.generator.trade import Trade, make_accounts, make_banks, make_rates
from reports.truth.generator.world import BANK_DAYS, REPORT_DAYS, SALE_DAYS, Bank, BankLine, Fault, File, Row, World

# From so many payments on each account has a batch every day; smaller sets have fewer and larger ones.
_DAILY_FROM = 20_000
_SMALL_BATCH_DAYS = 4
_DAYS_PER_STATEMENT_FILE = 7
# The last Monday of 2025 is the earliest beginning; a seed chooses one of the weeks after it.
_FIRST_MONDAY = date(2025, 12, 29)
_WEEKS = 30
_SATURDAY = 5


def make(*, payments: int, seed: int, run: str) -> World:
    """Return a world of so many sales, files included. `run` goes into every reference."""
    random = Random(f"{seed}/{payments}")
    first_day = _FIRST_MONDAY + timedelta(weeks=random.randrange(_WEEKS), days=random.randrange(5))
    accounts, banks, rates = make_accounts(random, first_day, run), make_banks(random), make_rates(random, first_day)
    trade = Trade(random, accounts, first_day, run)
    world = World(seed, run, first_day, accounts, banks, rates, trade.deals, [], [], [], [])
    trade.sell(payments)
    world.rows = [rows.row_of(random, world, trade, deal) for deal in world.deals]
    refunded = {id(deal.sale) for deal in world.deals}
    calm = [deal for deal in world.deals if deal.kind == "sale" and id(deal) not in refunded]
    early = [deal for deal in calm if deal.day < world.day(SALE_DAYS - 10) and deal.currency == deal.account.currency]
    disputed = random.sample(early, min(len(early), rows.disputed_share(payments)))
    world.rows += rows.disputes(random, world, trade, disputed)
    times = 2 + payments // 5_000
    planter = Planter(random, world, trade, times)
    planter.plant()
    rows.say_less(random, world, trade, planter.spoilt)
    _stay_within(world)
    banking.pay_out(random, world, days_per_batch=1 if payments >= _DAILY_FROM else _SMALL_BATCH_DAYS)
    banking.arrive(random, world, times)
    world.files = [*_reports(random, world), *_statements(random, world)]
    _name_row_faults(world)
    return world


def _stay_within(world: World) -> None:
    """Rows that would come after the last report come with it."""
    last = world.day(REPORT_DAYS - 1)
    for row in world.rows:
        row.day = min(row.day, last)


def _reports(random: Random, world: World) -> Iterator[File]:
    """Yield each batch as a file. Some come in the second round only, after younger ones, and some a second time in other bytes."""
    for account in world.accounts:
        batches: dict[int, list[Row]] = defaultdict(list)
        for row in world.rows:
            if row.account is account:
                batches[row.batch].append(row)
        # Of two rows about one payment the first to come is the true one, so a batch with the first of them is never late.
        punctual = {number for number, members in batches.items() if any(row.is_repeated for row in members)}
        late = random.choice([number for number in sorted(batches)[1:-2] if number not in punctual] or [0])
        again = random.choice([number for number in batches if number != late])
        for number, members in sorted(batches.items()):
            members.sort(key=lambda row: row.number)
            text, lines = processor_files.write(account, members)
            name = f"{account.name}-{number:03}.csv"
            yield File(
                name,
                "report",
                account.name,
                2 if number == late else 1,
                text.encode(),
                tuple(zip(lines, members, strict=True)),
            )
            if number == again:
                yield File(
                    name.replace(".csv", "-again.csv"),
                    "report",
                    account.name,
                    2,
                    text.replace("\n", "\r\n").encode("utf-8-sig"),
                )


def _statements(random: Random, world: World) -> Iterator[File]:
    """Yield the statements of every bank, a week in a file; one day of one bank is never sent."""
    gap = random.choice([bank for bank in world.banks if bank.format != "ofx"])
    for bank in world.banks:
        days = _days(random, world, bank, has_gap=bank is gap)
        parts = [days[at : at + _DAYS_PER_STATEMENT_FILE] for at in range(0, len(days), _DAYS_PER_STATEMENT_FILE)]
        overlapping = random.randrange(1, len(parts))
        for number, part in enumerate(parts):
            sent = [*parts[number - 1][-1:], *part] if number == overlapping else part
            yield File(
                f"{bank.name}-{number + 1:02}.{_ENDINGS[bank.format]}",
                "statement",
                bank.name,
                1,
                bank_files.write(sent).encode(),
            )


_ENDINGS = {"camt.053": "xml", "mt940": "sta", "ofx": "ofx"}


def _days(random: Random, world: World, bank: Bank, *, has_gap: bool) -> list[Day]:
    """Return every banking day of an account. With a gap, something is booked on a Saturday whose statement is not among them."""
    by_day: dict[date, list[BankLine]] = defaultdict(list)
    for line in world.bank_lines:
        if line.bank is bank:
            by_day[line.day].append(line)
    all_days = [world.day(number) for number in range(BANK_DAYS)]
    inner = [day for day in all_days[8:-9] if day.weekday() == _SATURDAY]
    lost = random.choice(inner) if has_gap else None
    days, balance, number = [], bank.opening_minor, 100
    for day in all_days:
        if day == lost:
            minor = -random.randint(1_000, 9_000)
            balance, number = balance + minor, number + 1
            world.faults.append(Fault("statement_gap", minor, bank.currency))
        if day.weekday() >= _SATURDAY:
            continue
        number += 1
        made = Day(bank, number, day, balance, tuple(by_day[day]))
        balance = made.closing_minor
        days.append(made)
    return days


def _name_row_faults(world: World) -> None:
    for file in world.files:
        for line, row in file.rows:
            for kind, minor, currency in row.faults:
                world.faults.append(Fault(kind, minor, currency, f"row {file.name}:{line}"))


def truth_of(world: World) -> dict[str, Any]:
    """Return what must be found, and nothing about how."""
    matches, disputed, totals = [], [], []
    for file in world.files:
        sums: dict[str, dict[str, int]] = {}
        for line, row in file.rows:
            if row.deal is not None:
                matches.append([f"{file.name}:{line}", row.deal.reference])
            if row.disputed is not None:
                disputed.append([f"{file.name}:{line}", row.disputed.reference])
            total = sums.setdefault(row.currency, {"rows": 0, "gross": 0, "fee": 0, "net": 0})
            for name, minor in (("rows", 1), ("gross", row.gross), ("fee", row.fee), ("net", row.net)):
                total[name] += minor
        totals += [{"file": file.name, "currency": currency, **total} for currency, total in sorted(sums.items())]
    return {
        "seed": world.seed,
        "run": world.run,
        "deals": len(world.deals),
        "matches": matches,
        "disputes": disputed,
        "bank": [[line.reference, payout.reference] for line in world.bank_lines for payout in line.payouts],
        "planted": [
            {
                "kind": fault.kind,
                "amount_minor": fault.amount_minor,
                "currency": fault.currency,
                "subject": fault.subject,
            }
            for fault in world.faults
        ],
        "totals": totals,
        "clearing": _clearing(world),
        "in_transit": _in_transit(world),
    }


def _clearing(world: World) -> list[list[Any]]:
    """Return what stands on each clearing account in the end: what was sold and given back, less what reports took from it."""
    stands: dict[tuple[str, str], int] = defaultdict(int)
    for deal in world.deals:
        stands[deal.account.name, deal.currency] += deal.signed_minor
    for row in world.rows:
        stands[row.account.name, row.currency] -= row.fee
        if row.kind in ("other", "payout", "chargeback", "chargeback_reversal"):
            stands[row.account.name, row.currency] += row.gross
        elif row.original_currency:
            stands[row.account.name, row.original_currency] -= row.original
            stands[row.account.name, row.currency] += row.gross
    return [[name, currency, minor] for (name, currency), minor in sorted(stands.items()) if minor]


def _in_transit(world: World) -> list[list[Any]]:
    stands: dict[tuple[str, str], int] = defaultdict(int)
    for payout in world.payouts:
        stands[payout.account.name, payout.account.currency] += payout.minor - payout.arrived_minor
    return [[name, currency, minor] for (name, currency), minor in sorted(stands.items()) if minor]


def write(world: World, folder: Path) -> None:
    """Write the files and `truth.json` to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in world.files:
        (folder / file.name).write_bytes(file.content)
    (folder / "truth.json").write_text(json.dumps(truth_of(world), default=_iso))


def _iso(value: date | datetime) -> str:
    return value.isoformat()
