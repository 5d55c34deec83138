"""
What proves a PayPal settlement report whose withdrawal is not its net: the balances in its SF lines.

A merchant may leave money at PayPal. Then the rows of a day are not the day's withdrawal, but with them the balance at the
beginning becomes the balance at the end. The totals before the balances are not used: their order differs between files.
"""

from __future__ import annotations

from merchant.core.money import EXPONENTS, AmountPrecision
from payments.settlement.formats.amounts import rescaled
from payments.settlement.formats.base import BatchTotal, Check
from payments.settlement.formats.checks import written
from payments.settlement.formats.tally import Batch, Tally

# After the tag and the currency come four totals, then the balances as pairs of CR or DR and an amount: beginning, ending, …
_BEGINNING, _ENDING = 6, 8
_WRITTEN_DECIMALS = 2


class BalanceTally(Tally):
    """Ties a batch to its withdrawal, or to the balances before and after it."""

    def __init__(self, format_code: str) -> None:
        super().__init__(format_code)
        self._balances: dict[tuple[str, str], tuple[int, int]] | None = None

    def total(self, key: tuple[str, str | None, str], batch: Batch) -> BatchTotal:
        """Return one account in one currency; what stays at PayPal is proven by its balances or is a difference."""
        said = super().total(key, batch)
        if said.difference_minor and self._grows_by(key) == said.difference_minor:
            return BatchTotal(
                said.reference, said.currency, said.net_minor, said.payout_minor, said.difference_minor, "balanced"
            )
        return said

    def checks(self) -> tuple[Check, ...]:
        """Return every difference that the balances prove."""
        return tuple(
            Check("balances", passed=True, text=_text(said))
            for key, batch in self._batches.items()
            if (said := self.total(key, batch)).difference_minor and said.status == "balanced"
        )

    def _grows_by(self, key: tuple[str, str | None, str]) -> int | None:
        """Return by how many minor units the file says the balance has grown, or None."""
        if self._balances is None:
            self._balances = self._read_balances()
        balances, decimals = self._balances.get((key[0], key[2])), EXPONENTS.get(key[2])
        if balances is None or decimals is None:
            return None
        try:
            return rescaled(balances[1] - balances[0], written_decimals=_WRITTEN_DECIMALS, decimals=decimals)
        except AmountPrecision:
            return None

    def _read_balances(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return the first beginning and the last ending balance per account and currency, in hundredths of the currency."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        account = ""
        for _, cells, _ in self.read_again():
            tag = cells[0].strip().upper()
            if tag == "SH":
                account = cells[3].strip() if len(cells) > 3 else ""
            elif tag == "SF" and len(cells) > _ENDING + 1:
                key = account, cells[1].strip().upper()
                beginning, ending = _amount(cells, _BEGINNING), _amount(cells, _ENDING)
                if beginning is not None and ending is not None:
                    found[key] = found.get(key, (beginning, ending))[0], ending
        return found


def _amount(cells: list[str], position: int) -> int | None:
    direction, text = cells[position].strip().upper(), cells[position + 1].strip()
    if direction not in ("CR", "DR") or not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    return int(text) if direction == "CR" else -int(text)


def _text(said: BatchTotal) -> str:
    kept = written(said.difference_minor or 0, said.currency)
    return f"{kept} {said.currency} stay in the account, as its balances before and after say"
