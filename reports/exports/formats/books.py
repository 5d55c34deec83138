"""What a journal file is made of, and what a format of one is. A new format is a copy of its neighbour and a line in `registry.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from merchant.core.errors import AppError
from merchant.core.money import exponent
from payments.accounting.charts import ChartLine
from payments.accounting.plans import Finder, PlanSettings

BOOK_FILTERS = ("date_from", "date_to", "detail", "plan", "layout")
# `journals`: every fact is a voucher. `days`: one voucher a day, its accounts summed by side.
DETAILS = ("journals", "days")


@dataclass(frozen=True, slots=True)
class Head:
    """
    Everything a file says that is not in the ledger: the same head over the same closed days is the same file, byte for byte.

    Days are business days in `zone`, both inclusive; `fiscal_from` and `fiscal_to` bound the financial year of `date_from`. `closing` is the number of the closing
    since which the days are closed, None while they are open. `names_orders`: texts hold the number of order, receipt or payout; files of closed days that were made
    before texts did stay as they were. `first_closing` is the one whose file this repeats, where the days were opened meanwhile and closed again as they were.
    """

    currency: str
    zone: str
    date_from: date
    date_to: date
    fiscal_from: date
    fiscal_to: date
    made_at: datetime
    detail: str
    layout: str
    closing: int | None
    plan_number: int
    chart: str
    settings: PlanSettings
    lines: tuple[ChartLine, ...]
    names_orders: bool = True
    first_closing: int | None = None

    @property
    def exponent(self) -> int:
        """Decimals of the base currency."""
        return exponent(self.currency)

    @property
    def state(self) -> str:
        """Whether the days are closed, in words."""
        return f"closed, closing {self.first_closing or self.closing}" if self.closing else "open, may still change"

    @property
    def days_text(self) -> str:
        """Which days the file holds, and where they are days."""
        return f"business days {self.date_from} to {self.date_to} in {self.zone}"

    def to_json(self) -> dict[str, Any]:
        """Return the head as JSON holds it."""
        values = asdict(self)
        for name in ("date_from", "date_to", "fiscal_from", "fiscal_to", "made_at"):
            values[name] = values[name].isoformat()
        return values

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Head:
        """Return what `to_json` wrote."""
        days = {name: date.fromisoformat(stored[name]) for name in ("date_from", "date_to", "fiscal_from", "fiscal_to")}
        made_at = datetime.fromisoformat(stored["made_at"])
        lines = tuple(ChartLine(**line) for line in stored["lines"])
        settings = PlanSettings.of(stored["settings"])
        return cls(
            **{"names_orders": False, **stored, **days, "made_at": made_at, "lines": lines, "settings": settings}
        )


@dataclass(frozen=True, slots=True)
class BookLeg:
    """One posting: debit positive, credit negative, in minor units of its currency and of the base currency."""

    line: ChartLine
    kind: str
    subject: str
    currency: str
    amount_minor: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """One journal, or one day of them. Its legs sum to zero in the base currency. `number` counts from the first of the financial year."""

    number: int
    reference: str
    day: date
    booked_on: date
    text: str
    legs: tuple[BookLeg, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """One account of the plan: where it stood before the file's days, and what they moved, in minor units of the base currency, debit positive."""

    line: ChartLine
    before_minor: int
    moved_minor: int


class Books(Protocol):
    """The books a file is written from, read once from one snapshot."""

    def vouchers(self) -> Iterator[Voucher]:
        """Return the vouchers by day, then in the order they were booked."""

    def balances(self) -> Sequence[Balance]:
        """Return every account of the plan that the ledger knows, by number."""

    def note(self, **minor: int) -> None:
        """Add to figures that stand beside the file's control totals: what a format writes that is no posting, so that its columns tie all the same."""


@dataclass(frozen=True, slots=True)
class BookFormat:
    """
    One journal format. `is_of_one_year`: its days lie in one financial year. `is_year_to_date`: its days begin with the financial year, whatever is asked.

    `check` refuses a head the format cannot be written for. `name` is what the law calls the file, "" to call it as all exports are.
    """

    kind: str
    title: str | Promise
    extension: str
    content_type: str
    write: Callable[[Head, Books], Iterator[bytes]]
    is_of_one_year: bool = False
    is_year_to_date: bool = False
    check: Callable[[Head], None] = lambda head: None
    name: Callable[[Head], str] = lambda head: ""
    right: str = "ledger.read"
    filters: Sequence[str] = BOOK_FILTERS
    needs_all_stores: bool = True


class NumberUnsuitable(AppError):
    """The plan's number of an account does not fit the format."""

    code = "account_number_unsuitable"
    status = 422
    detail = "{format} cannot hold the account number {number} ({account}): {reason}."
    next_step = "Change it under Accounting, Account numbers, then ask again."


def finder_of(head: Head) -> Finder:
    """Return what finds the number of an account."""
    return Finder(head.lines)


def decimal_text(minor: int, digits: int, point: str = ".") -> str:
    """Return minor units as a decimal number, exact: -1250 with two digits is -12.50."""
    if not digits:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}{point}{part:0{digits}}"


def one_line(text: str, length_max: int = 200) -> str:
    """Return text without line breaks, control characters and double quotes, which every format would have to escape in its own way."""
    cleaned = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    return " ".join(cleaned.replace('"', "'").split())[:length_max]
