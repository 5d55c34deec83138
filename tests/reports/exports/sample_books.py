"""Books made by arithmetic: vouchers of a shop, without a database."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from payments.accounting.charts import CHARTS, RETAINED_EARNINGS
from payments.accounting.plans import Finder, PlanSettings
from reports.exports.formats.books import Balance, BookFormat, BookLeg, Head, Voucher

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
RATES = {"bas": (2500, 1200, 600), "skr03": (1900, 700), "skr04": (1900, 700), "plain": (1900, 550)}


def a_head(chart: str = "bas", *, currency: str = "EUR", **changes) -> Head:
    """November, in a plan just taken from its chart."""
    settings = PlanSettings(company="Räksmörgås & Söner AB", organisation_number="556677-8899")
    values = {
        "currency": currency, "zone": "Europe/Stockholm", "date_from": FIRST, "date_to": LAST, "fiscal_from": date(2026, 1, 1),
        "fiscal_to": date(2026, 12, 31), "made_at": datetime(2026, 12, 1, 8, 30, tzinfo=UTC), "detail": "journals", "layout": "full",
        "closing": None, "plan_number": 0, "chart": chart, "settings": settings, "lines": CHARTS[chart].lines,
    }  # fmt: skip
    return Head(**values | changes)


class SampleBooks:
    """Vouchers of a shop: sales with tax per line, money in, refunds, fees in dollars. `before` is what stood on accounts when the period began."""

    def __init__(
        self, head: Head, *, count: int = 200, seed: int = 1, before: dict[tuple[str, str], int] | None = None
    ):
        self.head, self.random, self.find = head, random.Random(seed), Finder(head.lines)
        self.before = before or {}
        self.noted: Counter[str] = Counter()
        self.made = [self._voucher(number) for number in range(1, count + 1)]
        self.made.sort(key=lambda voucher: voucher.day)

    def note(self, **minor: int) -> None:
        self.noted.update(minor)

    def vouchers(self) -> Iterator[Voucher]:
        return iter(self.made)

    def balances(self) -> Sequence[Balance]:
        moved: dict[tuple[str, str], int] = defaultdict(int)
        for voucher in self.made:
            for leg in voucher.legs:
                moved[(leg.kind, leg.subject)] += leg.base_minor
        sums: dict[str, Balance] = {}
        for kind, subject in sorted({*moved, *self.before}):
            line = self.find.find(kind, subject)
            was = sums.get(line.number, Balance(line, 0, 0))
            before, went = self.before.get((kind, subject), 0), moved[(kind, subject)]
            sums[line.number] = Balance(was.line, was.before_minor + before, was.moved_minor + went)
        return [sums[number] for number in sorted(sums)]

    def per_number(self) -> dict[str, int]:
        """What moved on each account of the plan, in minor units; accounts that stand at nothing are left out."""
        return {found.line.number: found.moved_minor for found in self.balances() if found.moved_minor}

    def _voucher(self, number: int) -> Voucher:
        kind = self.random.choice(["sale", "sale", "sale", "return", "fee", "mixed"])
        legs = getattr(self, f"_{kind}")()
        day = FIRST + timedelta(days=self.random.randrange(30))
        text = f'{kind.capitalize()} "{number}"; räka – 100 %\n=1+1'
        return Voucher(number, f"{self.random.getrandbits(128):032x}", day, day, text, tuple(legs))

    def _leg(self, kind: str, subject: str, minor: int, *, currency: str = "", amount: int = 0) -> BookLeg:
        line = self.find.find(kind, subject)
        return BookLeg(line, kind, subject, currency or self.head.currency, amount or minor, minor)

    def _sale(self, sign: int = 1) -> list[BookLeg]:
        legs, total = [], 0
        for rate in self.random.sample(RATES[self.head.chart], k=self.random.choice([1, 2])):
            # Tax per line: its sum is not what it would be of the sum.
            lines = [self.random.randrange(1, 9_000) for _ in range(self.random.choice([1, 2, 5]))]
            tax = sum(round(line * rate / (10_000 + rate)) for line in lines)
            gross = sum(lines)
            total += gross
            legs += [self._leg("sales", str(rate), sign * (tax - gross))] if gross - tax else []
            legs += [self._leg("vat_payable", str(rate), -sign * tax)] if tax else []
        paid = self.random.randrange(0, total + 1)
        halves = [("cash_register", "till", paid), ("clearing", "psp", total - paid)]
        return [self._leg(kind, subject, sign * minor) for kind, subject, minor in halves if minor] + legs

    def _return(self) -> list[BookLeg]:
        legs = self._sale(sign=-1)
        return [self._leg("sales_returns", leg.subject, leg.base_minor) if leg.kind == "sales" else leg for leg in legs]

    def _mixed(self) -> list[BookLeg]:
        """An even exchange: nothing but two kinds of sales and their tax."""
        one, two = RATES[self.head.chart][:2]
        tax_one, tax_two = (round(5_000 * rate / (10_000 + rate)) for rate in (one, two))
        return [
            self._leg("sales_returns", str(one), 5_000 - tax_one), self._leg("vat_payable", str(one), tax_one),
            self._leg("sales", str(two), tax_two - 5_000), self._leg("vat_payable", str(two), -tax_two),
        ]  # fmt: skip

    def _fee(self) -> list[BookLeg]:
        dollars, worth = self.random.randrange(2, 4_000), self.random.randrange(1, 4_000)
        return [
            self._leg("fees", "psp:interchange", worth, currency="USD", amount=dollars),
            self._leg("clearing", "psp", -worth, currency="USD", amount=-dollars),
        ]


def written(format_: BookFormat, head: Head, books: SampleBooks) -> bytes:
    """The bytes of a file of such books."""
    format_.check(head)
    return b"".join(format_.write(head, books))


RETAINED = (RETAINED_EARNINGS, "")
