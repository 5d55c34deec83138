"""What became of each customer, in words that are the same for the same seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from merchant.demo.plan import Story


@dataclass(frozen=True, slots=True)
class CardPayment:
    """A payment that went over the processor and was captured, by the reference it has there."""

    story: int
    kind: str
    twist: str
    reference: str
    amount_minor: int


@dataclass(slots=True)
class Ledger:
    """Everything that happened, as lines such as `checkout paid 4180`."""

    outcomes: list[str] = field(default_factory=list)
    payments: list[CardPayment] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def note(self, story: Story, what: str, minor: int) -> None:
        """Note one outcome of a customer, in minor units."""
        self.outcomes.append(f"{story.kind} {what} {minor}")

    def paid_by_card(self, story: Story, *, reference: str, minor: int) -> None:
        """Note a captured card payment."""
        self.payments.append(CardPayment(story.number, story.kind, story.twist, reference, minor))

    def trouble(self, story: Story, error: BaseException) -> None:
        """Note a customer who could not be served for a reason that was not planned."""
        self.outcomes.append(f"{story.kind} trouble 0")
        self.troubles.append(f"customer {story.number} ({story.kind} {story.twist}): {type(error).__name__}: {error}")


def digest(outcomes: Iterable[str]) -> str:
    """Return one line that two days share if and only if the same things happened in them, in whatever order."""
    return hashlib.sha256("\n".join(sorted(outcomes)).encode()).hexdigest()


def tally(outcomes: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return what happened, how often, and the sum in minor units, by name."""
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for outcome in outcomes:
        what, _, minor = outcome.rpartition(" ")
        counts[what] += 1
        sums[what] += int(minor)
    return [(what, counts[what], sums[what]) for what in sorted(counts)]
