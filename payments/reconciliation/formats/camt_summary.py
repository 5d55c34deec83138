"""
What a camt message says its entries come to (`TxsSummry`), compared with the entries that are there.

It proves a statement or notification that has no balances. Only sums are compared: banks count entries or the payments in
them. Some sum up what is pending too, others what is booked, and either will do.
"""

from __future__ import annotations

from typing import NamedTuple

from payments.reconciliation.formats.base import OpenStatement, StatementEntry
from payments.reconciliation.formats.camt_entry import Element, child, path, text_of
from payments.settlement.formats.base import RowFailure
from payments.settlement.formats.checks import RowCheck, written


class Comparison(NamedTuple):
    """One page's. `net_minor` is what its booked entries must come to, None where the bank does not say or did not count like this."""

    net_minor: int | None
    failures: tuple[RowFailure, ...] = ()


class PageSums:
    """Adds one page's entries up and holds them against its summary. Amounts are minor units of the statement's currency."""

    def __init__(self) -> None:
        self._summary: tuple[int, dict[str, str]] | None = None
        # Credits and debits, each as booked and with what is pending.
        self._booked, self._all = {"CRDT": 0, "DBIT": 0}, {"CRDT": 0, "DBIT": 0}

    def told(self, summary: Element) -> None:
        """Keep what the bank says, as texts, because its element is forgotten."""
        total = child(summary, "TtlNtries")
        net = (
            path(total, "TtlNetNtry", "Amt")
            if child(total, "TtlNetNtry") is not None
            else child(total, "TtlNetNtryAmt")
        )
        direction = path(total, "TtlNetNtry", "CdtDbtInd")
        if direction is None:
            direction = child(total, "CdtDbtInd")
        texts = {
            "CRDT": text_of(path(summary, "TtlCdtNtries", "Sum")),
            "DBIT": text_of(path(summary, "TtlDbtNtries", "Sum")),
            "net": text_of(net),
            "direction": text_of(direction).upper(),
        }
        self._summary = (summary.sourceline or 1, texts)

    def count(self, entry: StatementEntry) -> None:
        """Add one entry."""
        side = "CRDT" if entry.amount_minor >= 0 else "DBIT"
        self._all[side] += abs(entry.amount_minor)
        if not entry.is_pending:
            self._booked[side] += abs(entry.amount_minor)

    def compare(self, statement: OpenStatement) -> Comparison:
        """Return whether the entries come to what the summary says. One that cannot be read says nothing."""
        if self._summary is None:
            return Comparison(None)
        line, texts = self._summary
        check = RowCheck(line)
        decimals = check.decimals(statement.currency, "TxsSummry")
        said = {name: check.amount(texts[name], decimals, "Sum") for name in ("CRDT", "DBIT", "net") if texts[name]}
        if check.failures or not said:
            return Comparison(None)
        if "net" in said:
            said["net"] = abs(said["net"]) if texts["direction"] != "DBIT" else -abs(said["net"])
        ways = [{**sums, "net": sums["CRDT"] - sums["DBIT"]} for sums in (self._booked, self._all)]
        if all(minor == ways[0][name] for name, minor in said.items()):
            return Comparison(ways[0]["net"] if "net" in said or len(said) == 2 else None)
        if all(minor == ways[1][name] for name, minor in said.items()):
            return Comparison(None)
        return Comparison(
            None,
            tuple(
                _failure(line, name, said[name], ways[0][name], statement)
                for name in said
                if said[name] != ways[0][name]
            ),
        )


def _failure(line: int, name: str, told: int, found: int, statement: OpenStatement) -> RowFailure:
    told_text, found_text = (written(minor, statement.currency) for minor in (told, found))
    message = {
        "CRDT": f"the summary says the credits come to {told_text}, {found_text} are there",
        "DBIT": f"the summary says the debits come to {told_text}, {found_text} are there",
        "net": f"the summary says the entries come to {told_text}, {found_text} are there",
    }[name]
    return RowFailure(line, "TxsSummry", "summary_mismatch", message)
