"""Who trades, and what is sold and given back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from reports.truth.generator.world import (
    BANK_DAYS,
    RATES_MILLIONTHS,
    SALE_DAYS,
    STORES,
    Account,
    Bank,
    Deal,
    Terms,
)

# Prices on the shelf: three sales in ten come to one of them, so that many a day are equal.
_PRICES = (990, 1490, 1990, 2490, 4990, 9900)
_PRICED_SHARE = 0.3
_REFUND_SHARE = 0.07
_IN_STORE_SHARE = 0.6
_ABROAD_SHARE = 0.05
# What we know of a deal and what reports say of it is never everything.
_REFERENCE_LOST_SHARE = 0.03
_CARD_UNKNOWN_SHARE = 0.15
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
# A day's rate differs from the day before by up to this many millionths of itself.
_WANDER = 3_000


def make_banks(random: Random) -> list[Bank]:
    """Return three accounts, each at a bank with a format of its own."""
    number = f"{random.randrange(10**8):08}"
    return [
        Bank("euro", "camt.053", "EUR", f"DE02500105170{number}1", random.randrange(10**6, 10**7)),
        Bank("krona", "mt940", "SEK", f"SE35500000000{number}2", random.randrange(10**6, 10**7)),
        Bank("pound", "ofx", "GBP", f"GB29NWBK60161{number}3", random.randrange(10**6, 10**7)),
    ]


def make_accounts(random: Random, first_day: date, run: str) -> list[Account]:
    """Return the accounts at four processors. Two of them change their fees on the way."""
    before, change = first_day - timedelta(days=400), first_day + timedelta(days=random.randrange(6, 14))

    def terms(basis_points: int, fixed: int, refund: int, chargeback: int, *, rises: bool = False) -> tuple[Terms, ...]:
        first = Terms(before, basis_points, fixed, refund, chargeback)
        return (first, Terms(change, basis_points + 20, fixed + 3, refund, chargeback)) if rises else (first,)

    shop = f"Truth{run}"
    return [
        Account("sandbox", "sandbox", f"acct_{run}", "EUR", 30, 0, 1, terms(140, 10, 0, 1500, rises=True), ("USD",)),
        Account("adyen", "adyen", f"{shop}ECOM", "EUR", 25, 2, 2, terms(95, 12, 10, 1500), ("USD", "CHF")),
        Account("stripe", "stripe", f"acct_st{run}", "EUR", 20, 2, 2, terms(150, 25, 0, 2000, rises=True), ("USD",)),
        Account("paypal", "paypal", f"{shop}PAYPAL"[:20], "GBP", 15, 1, 1, terms(290, 30, 0, 0)),
        Account("sandbox-se", "sandbox", f"acct_se{run}", "SEK", 10, 0, 1, terms(120, 100, 0, 15000)),
    ]


def make_rates(random: Random, first_day: date) -> dict[tuple[str, date], int]:
    """Return what a unit of each foreign currency was worth in the base currency, in millionths, for every day and the weeks before."""
    rates = {}
    for currency, begins in RATES_MILLIONTHS.items():
        rate = begins
        for number in range(-1, BANK_DAYS + 1):
            rate = rate * (1_000_000 + random.randint(-_WANDER, _WANDER)) // 1_000_000
            rates[currency, first_day + timedelta(days=number)] = rate
    return rates


class Trade:
    """Makes deals, one after the other. References carry `run`, so that no two runs have one in common."""

    def __init__(self, random: Random, accounts: list[Account], first_day: date, run: str) -> None:
        self._random = random
        self._accounts = accounts
        self._first_day = first_day
        self._run = run
        self._number = 0
        self.deals: list[Deal] = []

    def sell(self, count: int) -> None:
        """Make `count` sales over the days, and refunds of some of them."""
        shares = [account.share for account in self._accounts]
        for _ in range(count):
            [account] = self._random.choices(self._accounts, shares)
            sale = self._sale(account, self._random.randrange(SALE_DAYS))
            self.deals.append(sale)
            if self._random.random() < _REFUND_SHARE:
                self._refund(sale)

    def twins(self, account: Account) -> tuple[Deal, Deal]:
        """Return two sales that nobody can tell apart."""
        first = self._sale(account, self._random.randrange(3, 9))
        first.minor, first.currency, first.last4, first.auth_code = 100_000 + self._number, account.currency, "", ""
        first.known_reference = ""
        second = self._sale(account, 0)
        second.day, second.at, second.minor, second.currency = first.day, first.at, first.minor, first.currency
        second.store, second.terminal, second.last4, second.auth_code = first.store, first.terminal, "", ""
        second.known_reference = ""
        self.deals += [first, second]
        return first, second

    def name(self, prefix: str, length: int = 10) -> str:
        """Return a new reference of a processor."""
        return f"{prefix}{self._run}{''.join(self._random.choices(_LETTERS, k=length))}"

    def _sale(self, account: Account, day_number: int) -> Deal:
        random, self._number = self._random, self._number + 1
        day = self._first_day + timedelta(days=day_number)
        is_in_store = account.gateway in ("sandbox", "adyen") and random.random() < _IN_STORE_SHARE
        is_abroad = bool(account.abroad) and random.random() < _ABROAD_SHARE
        deal = Deal(
            kind="sale",
            account=account,
            order_number=f"{self._run}-{self._number}",
            reference=f"OP{self._run}{self._number:08}",
            processor_reference=self._processor_reference(account, "sale"),
            known_reference="",
            day=day,
            at=self._moment(day),
            minor=self._amount(),
            currency=random.choice(account.abroad) if is_abroad else account.currency,
        )
        if is_in_store:
            deal.store = random.choice(STORES)
            deal.terminal = f"{deal.store}-T{random.randrange(1, 5)}"
        if account.gateway in ("sandbox", "adyen") and random.random() >= _CARD_UNKNOWN_SHARE:
            deal.last4 = f"{random.randrange(10_000):04}"
            deal.auth_code = "".join(random.choices(_LETTERS, k=6)) if random.random() < 0.8 else ""
        if random.random() >= _REFERENCE_LOST_SHARE:
            deal.known_reference = deal.processor_reference
        return deal

    def _refund(self, sale: Deal) -> None:
        days_left = (self._first_day + timedelta(days=SALE_DAYS - 1) - sale.day).days
        if not days_left:
            return
        random, self._number = self._random, self._number + 1
        day = sale.day + timedelta(days=random.randint(1, min(8, days_left)))
        minor = sale.minor if random.random() < 0.7 else max(1, sale.minor * random.randrange(10, 90) // 100)
        name = self._processor_reference(sale.account, "refund")
        self.deals.append(
            Deal(
                kind="refund", account=sale.account, order_number=sale.order_number,
                reference=f"OP{self._run}{self._number:08}", processor_reference=name, known_reference=name, day=day, at=self._moment(day),
                minor=minor, currency=sale.currency, store=sale.store, terminal=sale.terminal, last4=sale.last4, sale=sale,
            )
        )  # fmt: skip

    def _processor_reference(self, account: Account, kind: str) -> str:
        prefix = {
            ("sandbox", "sale"): "pay_", ("sandbox", "refund"): "re_", ("stripe", "sale"): "pi_", ("stripe", "refund"): "re_",
        }.get((account.gateway, kind), "")  # fmt: skip
        return self.name(prefix)

    def _amount(self) -> int:
        if self._random.random() < _PRICED_SHARE:
            return self._random.choice(_PRICES)
        return max(150, min(90_000, int(self._random.lognormvariate(8.2, 0.9))))

    def _moment(self, day: date) -> datetime:
        seconds = self._random.randrange(8 * 3600, 19 * 3600)
        return datetime.combine(day, time(), UTC) + timedelta(seconds=seconds)
