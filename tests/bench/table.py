"""What a run prints: one line a figure, with what must hold and where the product goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure against its two marks."""

    number: str
    what: str
    measured: float
    must: float
    goal: float
    unit: str
    is_less_better: bool = False

    @property
    def verdict(self) -> str:
        """`goal`, `must`, or `missed`."""
        if self._reaches(self.goal):
            return "goal"
        return "must" if self._reaches(self.must) else "missed"

    def _reaches(self, mark: float) -> bool:
        return self.measured <= mark if self.is_less_better else self.measured >= mark


def show(rows: Iterable[Row]) -> str:
    """Return the table as text."""
    lines = [f"{'':4} {'figure':46} {'measured':>12} {'must':>10} {'goal':>10}  verdict"]
    for row in rows:
        sign = "<=" if row.is_less_better else ">="
        lines.append(
            f"{row.number:4} {row.what:46} {_number(row.measured, row.unit):>12} {sign + _number(row.must, row.unit):>10}"
            f" {sign + _number(row.goal, row.unit):>10}  {row.verdict}"
        )
    return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    text = f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
    return f"{text} {unit}".strip()
