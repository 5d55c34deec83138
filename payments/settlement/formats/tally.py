"""Adds up a report while its rows pass by: totals per currency, batches, and whether everything ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import ROW_FAILURES_MAX, BatchTotal, Check, ReportRow, ReportSummary, RowFailure
from payments.settlement.formats.records import Record
from payments.settlement.formats.sets import RowSet


class Batch:
    """The sums of one batch in one currency, in minor units."""

    __slots__ = ("fee", "gross", "net", "payout")

    def __init__(self) -> None:
        self.gross = self.fee = self.net = 0
        self.payout: int | None = None


class Tally:
    """
    Running sums of one report, memory per batch and not per row. Call `add` for each row, then `summary`; `rows` counts them.

    A format whose batches tie in another way has a tally of its own, which overrides `add`, `total` or `checks`.
    """

    batch_class: type[Batch] = Batch
    # The file's records once more, for a format that has to look at what is no row.
    read_again: Callable[[], Iterator[Record]] = staticmethod(lambda: iter(()))

    def __init__(self, format_code: str) -> None:
        self._format = format_code
        self.rows = 0
        self._is_failed = False
        self._failures: list[RowFailure] = []
        self._batches: dict[tuple[str, str | None, str], Batch] = {}
        self._originals: dict[str, int] = {}

    def add(self, row: ReportRow) -> None:
        """Count one row. A payout's own fee is a cost of its batch; the rest of it is money to the bank."""
        self.rows += 1
        if row.failures:
            self.fail(row.failures)
            if row.currency not in EXPONENTS:
                return
        batch = self._batch(row.account, row.batch, row.currency)
        batch.fee += row.fee_minor
        if row.kind == "payout":
            batch.payout = (batch.payout or 0) - row.gross_minor
            batch.net -= row.fee_minor
            return
        batch.gross += row.gross_minor
        batch.net += row.net_minor
        if row.original_currency is not None:
            original = row.original_gross_minor or 0
            self._originals[row.original_currency] = self._originals.get(row.original_currency, 0) + original

    def add_set(self, found: RowSet) -> None:
        """Count ordinary rows as `add` does one by one. A tally with an `add` of its own belongs to a format whose reader yields no sets."""
        keys = set(zip(found.accounts, found.batches, found.currencies, strict=True))
        if len(keys) > 1 or "payout" in found.kinds:
            for row in found.rows():
                self.add(row)
            return
        [(account, reference, currency)] = keys
        batch = self._batch(account, reference or None, currency)
        self.rows += len(found.lines)
        batch.gross += sum(found.gross_minors)
        batch.fee += sum(found.fee_minors)
        batch.net += sum(found.net_minors)

    def _batch(self, account: str, reference: str | None, currency: str) -> Batch:
        key = (account, reference, currency)
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = self.batch_class()
        return batch

    def accounts(self) -> set[str]:
        """Return what the rows so far name as the account at the processor; rows that name none, and a file with failed rows, say nothing."""
        if self._is_failed:
            return set()
        return {account.strip() for account, _, _ in self._batches if account.strip()}

    def summary(self) -> ReportSummary:
        """Return what the rows so far add up to."""
        batches = tuple(self.total(key, batch) for key, batch in self._batches.items())
        checks = self.checks()
        ties = not self._is_failed and all(batch.status != "out_of_balance" for batch in batches)
        return ReportSummary(
            format=self._format,
            status="balanced" if ties else "out_of_balance",
            rows=self.rows,
            row_failures=tuple(self._failures),
            batches=batches,
            totals=self._totals(),
            original_totals={code: {"gross_minor": minor} for code, minor in sorted(self._originals.items())},
            checks=checks,
        )

    def total(self, key: tuple[str, str | None, str], batch: Batch) -> BatchTotal:
        """Return what one batch adds up to. It ties when its rows are its payout, and is open while there is none."""
        _, reference, currency = key
        if batch.payout is None:
            return BatchTotal(reference, currency, batch.net, None, None, "open")
        difference = batch.net - batch.payout
        return BatchTotal(
            reference, currency, batch.net, batch.payout, difference, "out_of_balance" if difference else "balanced"
        )

    def checks(self) -> tuple[Check, ...]:
        """Return the format's own comparisons. Defaults to none. One that has not passed calls `fail` for its rows."""
        return ()

    def fail(self, failures: tuple[RowFailure, ...]) -> None:
        """Note failures; with one the report does not tie."""
        self._is_failed = True
        self._failures.extend(failures[: max(0, ROW_FAILURES_MAX - len(self._failures))])

    def _totals(self) -> dict[str, dict[str, int]]:
        totals: dict[str, dict[str, int]] = {}
        for (_, _, currency), batch in sorted(self._batches.items(), key=lambda item: item[0][2]):
            total = totals.setdefault(currency, {"gross_minor": 0, "fee_minor": 0, "net_minor": 0})
            total["gross_minor"] += batch.gross
            total["fee_minor"] += batch.fee
            total["net_minor"] += batch.net
        return totals


class MovementTally(Tally):
    """A report of a period's movements: the rows of a payout may stand in another file, so no batch is tied to one."""

    def total(self, key: tuple[str, str | None, str], batch: Batch) -> BatchTotal:
        """Return the sums; what the payouts paid is told and compared with nothing."""
        _, reference, currency = key
        return BatchTotal(reference, currency, batch.net, batch.payout, None, "open")
