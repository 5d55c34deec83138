"""The things of the made-up trade: accounts at processors and banks, deals, rows of reports, payouts, lines of statements, and planted faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

BASE_CURRENCY = "EUR"
# What one unit of each was worth in euros on the first day, in millionths; it wanders from there.
RATES_MILLIONTHS = {"SEK": 88_000, "GBP": 1_170_000, "USD": 920_000, "CHF": 1_050_000}
STORES = ("LUND", "KIEL", "GENT")
# Deals are made on so many days; reports go on for a few more, so that what is missing can be missed.
SALE_DAYS = 20
REPORT_DAYS = SALE_DAYS + 4
BANK_DAYS = REPORT_DAYS + 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What a processor takes from a day on: parts of ten thousand of a sale plus a fixed part, and fixed parts for a refund and a chargeback."""

    valid_from: date
    basis_points: int
    fixed_minor: int
    refund_minor: int
    chargeback_minor: int

    def fee(self, kind: str, minor: int) -> int:
        """Return the fee in minor units; the share is rounded half up."""
        if kind == "refund":
            return self.refund_minor
        if kind == "chargeback":
            return self.chargeback_minor
        return (minor * self.basis_points + 5_000) // 10_000 + self.fixed_minor


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a processor. `abroad` are currencies that customers pay in and the processor changes."""

    name: str
    gateway: str
    external_id: str
    currency: str
    share: int
    lag_days: int
    payout_days: int
    terms: tuple[Terms, ...]
    abroad: tuple[str, ...] = ()

    def terms_on(self, day: date) -> Terms:
        """Return the terms in force on a day."""
        return next(terms for terms in reversed(self.terms) if terms.valid_from <= day)


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank account; all payouts of its currency arrive there."""

    name: str
    format: str
    currency: str
    iban: str
    opening_minor: int


@dataclass(slots=True, eq=False)
class Deal:
    """A sale, or the refund of one: what we know of it. `known_reference` is the processor's name for it as far as we learned it."""

    kind: str
    account: Account
    order_number: str
    reference: str
    processor_reference: str
    known_reference: str
    day: date
    at: datetime
    minor: int
    currency: str
    store: str = ""
    terminal: str = ""
    last4: str = ""
    auth_code: str = ""
    sale: Deal | None = None

    @property
    def signed_minor(self) -> int:
        """The amount as it moves the merchant's money."""
        return -self.minor if self.kind == "refund" else self.minor


@dataclass(frozen=True, slots=True)
class Fault:
    """One exception that must be found: kind, signed amount, and what it is about (a row of a file, a deal, a payout, a bank line)."""

    kind: str
    amount_minor: int
    currency: str
    subject: str = ""


@dataclass(slots=True, eq=False)
class Row:
    """One row of a processor's report, in minor units of the settlement currency; the gross is signed, the fee is positive. `deal` is what it must be matched with."""

    kind: str
    account: Account
    day: date
    at: datetime
    currency: str
    gross: int
    fee: int = 0
    processor: str = ""
    operation: str = ""
    order: str = ""
    original_currency: str = ""
    original: int = 0
    rate: str = ""
    store: str = ""
    terminal: str = ""
    last4: str = ""
    auth_code: str = ""
    type_text: str = ""
    deal: Deal | None = None
    disputed: Deal | None = None
    payout: str = ""
    batch: int = 0
    number: int = 0
    is_repeated: bool = False
    faults: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.gross - self.fee

    @property
    def sale_minor(self) -> int:
        """The amount in the currency it was sold in."""
        return self.original if self.original_currency else self.gross

    @property
    def sale_currency(self) -> str:
        """The currency it was sold in, as far as the row says."""
        return self.original_currency or self.currency


@dataclass(slots=True, eq=False)
class Payout:
    """What a batch brings to the bank. `way` is how the bank line tells: named, batch, amount, group, parts, short, missing."""

    account: Account
    reference: str
    batch: int
    minor: int
    announced_on: date
    expected_on: date
    way: str = "named"
    arrived_minor: int = 0


@dataclass(slots=True, eq=False)
class BankLine:
    """One entry of a bank's statement, signed; `payouts` are what it brings."""

    bank: Bank
    day: date
    minor: int
    reference: str
    text: str
    end_to_end: str = ""
    counterparty: str = ""
    payouts: tuple[Payout, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent: of which account, in which round, and its bytes. `rows` are its new rows and where they stand (physical line)."""

    name: str
    side: str
    owner: str
    round: int
    content: bytes
    rows: tuple[tuple[int, Row], ...] = ()


@dataclass(slots=True, eq=False)
class World:
    """Everything that was made."""

    seed: int
    run: str
    first_day: date
    accounts: list[Account]
    banks: list[Bank]
    rates: dict[tuple[str, date], int]
    deals: list[Deal]
    rows: list[Row]
    payouts: list[Payout]
    bank_lines: list[BankLine]
    faults: list[Fault]
    files: list[File] = field(default_factory=list)

    def day(self, number: int) -> date:
        """Return the day with that number, the first is 0."""
        return self.first_day + timedelta(days=number)

    def rate(self, currency: str, day: date) -> int:
        """Return what a unit was worth in the base currency on a day, in millionths."""
        return 1_000_000 if currency == BASE_CURRENCY else self.rates[currency, day]


def half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded half away from zero."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def major(minor: int, point: str = ".") -> str:
    """Return an amount with two decimals."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}{point}{abs(minor) % 100:02}"
