"""
A strict reader of DATEV's Buchungsstapel, written from the format's rules and not from the writer.

It books as DATEV does: an automatic account takes its tax out of the gross amount of each row, rounded to the cent.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

FIELDS, COLUMNS = 31, 120
# Automatic account -> (account of its tax, rate in per cent), of the charts 03 and 04.
AUTOMATIC = {8400: (1776, 19), 8300: (1771, 7), 4400: (3806, 19), 4300: (3801, 7)}


class Refused(ValueError):
    """The file breaks a rule."""


@dataclass
class DatevFile:
    header: list[str]
    rows: list[list[str]]
    balances: dict[int, Decimal]


def read(raw: bytes, *, automatic=AUTOMATIC) -> DatevFile:
    """Return the file with what its rows move on each account, debit positive."""
    text = raw.decode("cp1252")
    if not text.endswith("\r\n") or "\n" in text.replace("\r\n", ""):
        raise Refused("lines end with CR and LF")
    header, names, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    if {len(names), *(len(row) for row in rows)} != {COLUMNS}:
        raise Refused("a line has another number of columns")
    length, days = _require_header(header)
    balances: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        _require_row(row, days)
        accounts = [int(row[6]), int(row[7])]
        _require_accounts(accounts, length, row[8], automatic)
        gross = Decimal(row[0].replace(",", ".")) * (1 if row[1] == "S" else -1)
        for account, amount in ((accounts[0], gross), (accounts[1], -gross)):
            _book(balances, account, amount, automatic)
    return DatevFile(header, rows, {account: total for account, total in balances.items() if total})


def _require_header(header: list[str]) -> tuple[int, set[str]]:
    if len(header) != FIELDS or header[0] != "EXTF" or header[2] != "21":
        raise Refused(f"the first line has {len(header)} fields and is {header[:4]}")
    if not header[12] <= header[14] <= header[15]:
        raise Refused("the days are not of the financial year")
    first, last = (date(int(day[:4]), int(day[4:6]), int(day[6:])) for day in (header[14], header[15]))
    days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
    return int(header[13]), {f"{day:%d%m}" for day in days}


def _require_row(row: list[str], days: set[str]) -> None:
    if not re.fullmatch(r"\d+,\d\d", row[0]) or row[0] == "0,00":
        raise Refused(f"{row[0]} is no amount: positive, comma, two decimals")
    if row[1] not in ("S", "H"):
        raise Refused(f"{row[1]} is no side")
    if row[9].zfill(4) not in days:
        raise Refused(f"{row[9]} does not lie in the period")
    if len(row[10]) > 36 or len(row[13]) > 60:
        raise Refused("a text is too long")


def _require_accounts(accounts: list[int], length: int, key: str, automatic) -> None:
    # Customers and suppliers have accounts of one digit more.
    if any(account >= 10 ** (length + 1) for account in accounts):
        raise Refused(f"{accounts} are not accounts of {length} digits")
    if all(account in automatic for account in accounts):
        raise Refused("two automatic accounts in one row")
    if key and any(account in automatic for account in accounts):
        raise Refused("a tax key on an automatic account")


def _book(balances, account, amount, automatic):
    if account in automatic:
        tax_account, rate = automatic[account]
        tax = (amount * rate / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        balances[tax_account] += tax
        amount -= tax
    balances[account] += amount
