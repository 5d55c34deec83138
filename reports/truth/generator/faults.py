"""
Plants every kind of deviation on purpose, each on a deal or row of its own.

Only deals whose amount no other deal of the account has are chosen, so that nothing else explains by chance what is planted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from reports.truth.generator.rows import exchange, lonely
from reports.truth.generator.trade import Trade
from reports.truth.generator.world import REPORT_DAYS, SALE_DAYS, Account, Deal, Fault, Row, World, half_up

# Rows of these types have no name in our normal form.
_UNKNOWN_TYPES = {"sandbox": "mystery", "adyen": "Rebalancing", "stripe": "platform_mystery", "paypal": "T9900"}
_FX_OFF_MILLIONTHS = 30_000
# A row comes late when it is booked this many days after it was due; a week is still ordinary.
_LATE_DAYS = (9, 11)
# References alone tell these apart, and PayPal gives one transaction one id.
_REPEATING = ("sandbox", "adyen", "stripe")


class Planter:
    """Chooses deals and spoils what the reports say of them. `spoilt` are the ids of all deals it touched."""

    def __init__(self, random: Random, world: World, trade: Trade, times: int) -> None:
        self._random = random
        self._world = world
        self._trade = trade
        self._times = times
        self.spoilt: set[int] = set()
        refunded = {id(deal.sale) for deal in world.deals if deal.sale}
        disputed = {id(row.disputed) for row in world.rows if row.disputed}
        self._plain = [
            deal for deal in lonely(world.deals) if deal.kind == "sale" and id(deal) not in refunded | disputed
        ]
        random.shuffle(self._plain)
        self._rows = {id(row.deal): row for row in world.rows if row.deal}
        self._amounts = {deal.minor for deal in world.deals}

    def plant(self) -> None:
        """Plant every kind as many times as asked for."""
        for _ in range(self._times):
            self._amount()
            self._currency()
            self._fee()
            self._exchange()
            self._late()
            self._split()
            self._missing()
            self._duplicate()
            self._not_ours()
            self._refund_not_ours()
            self._unclassified()
        self._missing_refund()
        self._ambiguous()

    def _take(self, fits: Callable[[Deal], bool], *, until: int = SALE_DAYS) -> tuple[Deal, Row] | None:
        """Return a plain sale of an early enough day and its row, or None if there is none left."""
        for index, deal in enumerate(self._plain):
            if deal.day < self._world.day(until) and fits(deal):
                del self._plain[index]
                self.spoilt.add(id(deal))
                return deal, self._rows[id(deal)]
        return None

    def _is_home(self, deal: Deal) -> bool:
        return deal.currency == deal.account.currency

    def _may_repeat(self, deal: Deal) -> bool:
        return self._is_home(deal) and deal.account.gateway in _REPEATING

    def _amount(self) -> None:
        if taken := self._take(self._is_home):
            deal, row = taken
            off = self._random.choice((-1, 1)) * self._random.randint(5, max(6, deal.minor // 3))
            row.gross += off
            row.faults.append(("amount", off, row.currency))

    def _currency(self) -> None:
        if taken := self._take(lambda deal: self._is_home(deal) and deal.account.gateway in ("sandbox", "adyen")):
            _, row = taken
            row.currency = "USD"
            row.faults.append(("currency", row.gross, "USD"))

    def _fee(self) -> None:
        if taken := self._take(self._is_home):
            _, row = taken
            off = self._random.choice((-1, 1)) * self._random.randint(1, 10)
            row.fee += off
            row.faults.append(("fee", -off, row.currency))

    def _exchange(self) -> None:
        if taken := self._take(lambda deal: not self._is_home(deal) and deal.minor > 2_000):
            deal, row = taken
            exchange(row, self._world, deal, off_millionths=self._random.choice((-1, 1)) * _FX_OFF_MILLIONTHS)
            row.fee = row.account.terms_on(deal.day).fee("sale", row.gross)
            expected = half_up(
                deal.minor * self._world.rate(deal.currency, deal.day), self._world.rate(row.currency, deal.day)
            )
            row.faults.append(("fx", row.gross - expected, row.currency))

    def _late(self) -> None:
        if taken := self._take(self._is_home, until=REPORT_DAYS - 3 - _LATE_DAYS[1]):
            deal, row = taken
            row.day = deal.day + timedelta(days=deal.account.lag_days + self._random.randint(*_LATE_DAYS))
            row.faults.append(("late", 0, row.currency))

    def _split(self) -> None:
        if taken := self._take(lambda deal: self._may_repeat(deal) and deal.minor > 1_000):
            deal, row = taken
            part = deal.minor * self._random.randint(20, 80) // 100
            second = replace(row, gross=deal.minor - part, faults=[])
            second.fee = row.fee * second.gross // deal.minor
            row.gross, row.fee = part, row.fee - second.fee
            if row.account.gateway == "adyen":
                second.operation = self._trade.name("M")
            self._world.rows.append(second)
            self._world.faults.append(Fault("split", 0, deal.currency, f"deal {deal.reference}"))

    def _missing(self) -> None:
        if taken := self._take(self._is_home, until=SALE_DAYS - 4):
            self._leave_out(*taken)

    def _missing_refund(self) -> None:
        for deal in lonely(self._world.deals):
            if deal.kind == "refund" and deal.day < self._world.day(SALE_DAYS - 4) and self._is_home(deal):
                self.spoilt.add(id(deal))
                self._leave_out(deal, self._rows[id(deal)])
                return

    def _leave_out(self, deal: Deal, row: Row) -> None:
        self._world.rows.remove(row)
        fault = Fault("missing_in_report", -deal.signed_minor, deal.currency, f"deal {deal.reference}")
        self._world.faults.append(fault)

    def _duplicate(self) -> None:
        if taken := self._take(self._may_repeat):
            deal, row = taken
            # The processor's id is what shows that both rows are about one payment.
            deal.known_reference = deal.processor_reference
            row.is_repeated = True
            again = replace(row, day=row.day + timedelta(days=1), deal=None, faults=[], is_repeated=False)
            if row.account.gateway != "sandbox":
                again.operation = self._trade.name("M" if row.account.gateway == "adyen" else "ch_")
            again.faults.append(("duplicate", again.gross, again.currency))
            self._world.rows.append(again)

    def _not_ours(self) -> None:
        account = self._random.choice(self._world.accounts)
        row = self._stranger("sale", account, self._unused_amount())
        row.processor, row.operation, row.order = self._trade.name("x"), self._trade.name("y"), self._trade.name("z")
        row.fee = account.terms_on(row.day).fee("sale", row.gross)
        row.faults.append(("not_ours", row.gross, row.currency))

    def _refund_not_ours(self) -> None:
        if taken := self._take(self._is_home):
            deal, _ = taken
            row = self._stranger("refund", deal.account, -self._unused_amount())
            row.processor, row.operation, row.order = (
                deal.processor_reference,
                self._trade.name("r"),
                deal.order_number,
            )
            if deal.account.gateway == "stripe":
                row.operation = self._trade.name("re_")
            row.faults.append(("refund_not_ours", row.gross, row.currency))

    def _unclassified(self) -> None:
        account = self._random.choice(self._world.accounts)
        row = self._stranger("other", account, self._random.choice((-1, 1)) * self._unused_amount())
        row.processor, row.operation = self._trade.name("u"), self._trade.name("v")
        row.type_text = _UNKNOWN_TYPES[account.gateway]
        row.faults.append(("unclassified", row.gross, row.currency))

    def _ambiguous(self) -> None:
        for account in self._world.accounts[:2]:
            for deal in self._trade.twins(account):
                self.spoilt.add(id(deal))
                day = deal.day + timedelta(days=account.lag_days)
                row = Row(
                    kind="sale", account=account, day=day, at=deal.at, currency=deal.currency, gross=deal.minor, store=deal.store,
                    fee=account.terms_on(deal.day).fee("sale", deal.minor),
                )  # fmt: skip
                row.faults.append(("ambiguous", row.gross, row.currency))
                self._world.rows.append(row)

    def _stranger(self, kind: str, account: Account, gross: int) -> Row:
        day = self._world.day(self._random.randrange(account.lag_days, SALE_DAYS - 5))
        at = datetime.combine(day, time(12), tzinfo=self._world.deals[0].at.tzinfo)
        row = Row(kind=kind, account=account, day=day, at=at, currency=account.currency, gross=gross)
        self._world.rows.append(row)
        return row

    def _unused_amount(self) -> int:
        while (minor := self._random.randint(1_000, 30_000)) in self._amounts:
            pass
        self._amounts.add(minor)
        return minor
