"""From rows to batches with their payouts, and from payouts to what the banks' statements say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from random import Random

from reports.truth.generator.world import BANK_DAYS, REPORT_DAYS, Bank, BankLine, Fault, Payout, Row, World

_GROUP_SHARE = 0.05
_AMOUNT_ONLY_SHARE = 0.15
# Group sums are looked for over so many payouts and days at most; beyond, a sum is chance.
_GROUP_MAX = 3
_GROUP_DAYS = 6
_SATURDAY = 5


def pay_out(random: Random, world: World, *, days_per_batch: int) -> None:
    """Put rows into batches of so many days, number them, and let each batch that has money left bring a payout of it."""
    batches: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in world.rows:
        batches[row.account.name, (row.day - world.first_day).days // days_per_batch].append(row)
    for letter, account in zip("ABCDE", world.accounts, strict=True):
        for number in range((REPORT_DAYS + days_per_batch - 1) // days_per_batch):
            rows = sorted(batches.get((account.name, number), []), key=lambda row: (row.day, row.at, row.operation))
            closes = min(world.day((number + 1) * days_per_batch - 1), world.day(REPORT_DAYS - 1))
            total = sum(row.net for row in rows if row.currency == account.currency)
            for index, row in enumerate(rows, start=1):
                row.batch, row.number = number + 1, index
            if total <= 0:
                continue
            payout = Payout(
                account=account, reference=f"{_PREFIX[account.gateway]}{world.run}{letter}{number + 1:03}", batch=number + 1, minor=total,
                announced_on=closes, expected_on=closes + timedelta(days=account.payout_days),
            )  # fmt: skip
            world.payouts.append(payout)
            for row in rows:
                row.payout = payout.reference if row.currency == account.currency else ""
            world.rows.append(
                Row(
                    kind="payout", account=account, day=closes, at=_noon(closes, world), currency=account.currency, gross=-total,
                    operation=payout.reference, payout=payout.reference, batch=number + 1, number=len(rows) + 1,
                )
            )  # fmt: skip


_PREFIX = {"sandbox": "po_", "adyen": "PX", "stripe": "po_", "paypal": "BNK"}


def _noon(day: date, world: World) -> datetime:
    return datetime(day.year, day.month, day.day, 21, tzinfo=world.deals[0].at.tzinfo)


def arrive(random: Random, world: World, times: int) -> None:
    """Write every bank's lines: payouts as each arrives, planted ones that do not, and some that are no payouts."""
    for bank in world.banks:
        payouts = [payout for payout in world.payouts if payout.account.currency == bank.currency]
        _choose_ways(random, payouts)
        if bank.currency == "EUR":
            _spoil(random, world, payouts, times)
        lines = [*_lines(random, world, bank, payouts)]
        while not _is_decidable(lines, payouts):
            for payout in payouts:
                payout.way = "named" if payout.way in ("amount", "group") else payout.way
            lines = [*_lines(random, world, bank, payouts)]
        lines += _strange_lines(random, world, bank)
        world.bank_lines += sorted(lines, key=lambda line: (line.day, line.reference))


def _choose_ways(random: Random, payouts: list[Payout]) -> None:
    for payout in payouts:
        if payout.account.gateway == "adyen":
            payout.way = "batch"
        if random.random() < _AMOUNT_ONLY_SHARE:
            payout.way = "amount"
    for index, _ in enumerate(payouts[:-1]):
        pair = payouts[index : index + 2]
        near = pair[0].account is pair[1].account and (pair[1].announced_on - pair[0].announced_on).days <= _GROUP_DAYS
        if near and "group" not in (pair[0].way, pair[1].way) and random.random() < _GROUP_SHARE:
            pair[0].way = pair[1].way = "group"
    if not any(payout.way == "group" for payout in payouts) and len(payouts) > 3:
        payouts[1].way = payouts[2].way = "group" if payouts[1].account is payouts[2].account else payouts[1].way


def _spoil(random: Random, world: World, payouts: list[Payout], times: int) -> None:
    """Let some payouts never arrive and some arrive short, and one arrive in two parts."""
    named = [payout for payout in payouts if payout.way == "named" and payout.minor > 1_000]
    random.shuffle(named)
    for way in ("missing", "short", "parts") * min(times, 2):
        if not named:
            return
        payout = named.pop()
        payout.way = way
        if way == "missing":
            world.faults.append(_fault("missing_payout", -payout.minor, payout))


def _fault(kind: str, minor: int, payout: Payout) -> Fault:
    return Fault(kind, minor, payout.account.currency, f"payout {payout.reference}")


def _lines(random: Random, world: World, bank: Bank, payouts: list[Payout]) -> Iterator[BankLine]:
    """Yield the lines that bring the payouts; what was written before about short ones is forgotten."""
    world.faults[:] = [
        fault for fault in world.faults if fault.kind != "short_payout" or fault.currency != bank.currency
    ]
    waiting: list[Payout] = []
    for payout in payouts:
        day = _banking_day(payout.expected_on)
        if payout.way == "missing":
            payout.arrived_minor = 0
        elif payout.way == "group":
            waiting.append(payout)
            if len(waiting) == 2:
                minor = sum(one.minor for one in waiting)
                text = f"SUMMENGUTSCHRIFT {payout.account.gateway.upper()}"
                yield _line(random, world, bank, day, minor, text, "", tuple(waiting))
                waiting = []
        elif payout.way == "parts":
            first = payout.minor * random.randint(30, 70) // 100
            for number, minor in enumerate((first, payout.minor - first)):
                later = _banking_day(day + timedelta(days=number))
                yield _line(
                    random, world, bank, later, minor, f"PAYOUT {payout.reference} PART {number + 1}", "", (payout,)
                )
        else:
            minor = payout.minor
            if payout.way == "short":
                minor -= random.randint(100, max(101, payout.minor // 3))
                world.faults.append(_fault("short_payout", minor - payout.minor, payout))
            yield _told(random, world, bank, day, minor, payout)
    for payout in waiting:
        payout.way = "named"
        yield _told(random, world, bank, _banking_day(payout.expected_on), payout.minor, payout)


def _told(random: Random, world: World, bank: Bank, day: date, minor: int, payout: Payout) -> BankLine:
    number = random.randrange(10**6, 10**7)
    texts = {
        "amount": f"{payout.account.gateway.upper()} PAYMENTS",
        "batch": f"TX{number}XT batch {payout.batch}, {payout.account.external_id}",
    }
    text = texts.get(payout.way, f"PAYOUT {payout.reference}")
    is_told_apart = payout.way not in texts and random.random() < 0.5
    return _line(random, world, bank, day, minor, text, payout.reference if is_told_apart else "", (payout,))


def _line(
    random: Random,
    world: World,
    bank: Bank,
    day: date,
    minor: int,
    text: str,
    end_to_end: str,
    payouts: tuple[Payout, ...],
) -> BankLine:
    for payout in payouts:
        payout.arrived_minor = 0 if payout.way == "missing" else minor if payout.way == "short" else payout.minor
    name = payouts[0].account.gateway.upper() if payouts else "LANDLORD"
    reference = f"{bank.name[:1].upper()}{world.run}{random.randrange(10**8):08}"
    return BankLine(bank, day, minor, reference, text, end_to_end, f"{name} SERVICES", payouts)


def _strange_lines(random: Random, world: World, bank: Bank) -> list[BankLine]:
    """Money that no payout explains."""
    lines = []
    for number in range(2):
        day = _banking_day(world.day(random.randrange(4, BANK_DAYS - 6)))
        line = _line(random, world, bank, day, -(90_000_01 + random.randrange(10**6)), f"RENT {number + 1}", "", ())
        fault = Fault("unexplained_bank_line", line.minor, bank.currency, f"bank {line.reference}")
        world.faults.append(fault)
        lines.append(line)
    return lines


def _banking_day(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)


def _is_decidable(lines: Iterable[BankLine], payouts: list[Payout]) -> bool:
    """Say whether each line that names nothing is explained by exactly one payout, or by one group of payouts of one account."""
    silent = [line for line in lines if line.payouts and line.payouts[0].way in ("amount", "group")]
    open_payouts = [payout for payout in payouts if payout.way in ("amount", "group", "missing", "short")]
    by_account: dict[str, list[Payout]] = defaultdict(list)
    for payout in open_payouts:
        by_account[payout.account.name].append(payout)
    sums: dict[int, int] = defaultdict(int)
    for members in by_account.values():
        for size in range(1, _GROUP_MAX + 1):
            for group in combinations(members, size):
                if (group[-1].announced_on - group[0].announced_on).days <= 2 * _GROUP_DAYS:
                    sums[sum(payout.minor for payout in group)] += 1
    wanted = [line.minor for line in silent]
    return all(sums[minor] == 1 for minor in wanted) and len(set(wanted)) == len(wanted)
