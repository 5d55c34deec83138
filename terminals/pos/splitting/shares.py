"""
The arithmetic of sharing, in minor units: shares always sum to what is shared, and whoever pays last pays what is open.

A bill of 10.00 by three: 3.34, 3.33, 3.33. By item, what nobody claims is shared by all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.money import rounded_share, split_minor


class SplitDoesNotAdd(AppError):
    """The parts are not the whole."""

    code = "split_does_not_add"
    status = 422
    detail = "The parts do not come to what is to be shared."
    next_step = "Change a part, or leave the last one out: it gets the rest."


class TooManyPieces(AppError):
    """More pieces of a line were claimed than it has."""

    code = "split_too_many_pieces"
    status = 422
    detail = "{claimed} pieces of a line with {quantity} are claimed."


class PartOfNothing(AppError):
    """Somebody's part is nothing."""

    code = "split_part_of_nothing"
    status = 422
    detail = "The part of {name} is nothing."
    next_step = "Leave them out."


@dataclass(frozen=True, slots=True)
class LineValue:
    """A line as it is shared by item."""

    line_id: UUID
    quantity: int
    total_minor: int


def by_person(base_minor: int, persons: int) -> list[int]:
    """Return equal shares; the units that cannot be shared go to the first."""
    return split_minor(base_minor, [1] * persons)


def by_amount(base_minor: int, amounts: Sequence[int | None]) -> list[int]:
    """
    Return the amounts; a last one that is None gets the rest.

    :raises SplitDoesNotAdd: if they are not the whole.
    """
    known = [amount for amount in amounts if amount is not None]
    rest = base_minor - sum(known)
    shares = [*known, rest] if amounts and amounts[-1] is None else known
    if len(shares) != len(amounts) or sum(shares) != base_minor or rest < 0:
        raise SplitDoesNotAdd(parts_minor=sum(known), base_minor=base_minor)
    return shares


def by_item(base_minor: int, lines: Sequence[LineValue], claims: Sequence[Mapping[UUID, int]]) -> list[int]:
    """
    Return what each part's pieces cost; what nobody claims is shared by all, and so is what was paid before the split.

    :raises TooManyPieces: if more of a line is claimed than there is.
    """
    shares, unclaimed = [0] * len(claims), 0
    for line in lines:
        done = 0
        for index, claim in enumerate(claims):
            pieces = claim.get(line.line_id, 0)
            shares[index] += _worth(line, done + pieces) - _worth(line, done)
            done += pieces
        if done > line.quantity:
            raise TooManyPieces(claimed=done, quantity=line.quantity)
        unclaimed += line.total_minor - _worth(line, done)
    shares = [share + common for share, common in zip(shares, by_person(unclaimed, len(claims)), strict=True)]
    return shares if sum(shares) == base_minor else split_minor(base_minor, shares)


def _worth(line: LineValue, pieces: int) -> int:
    """The worth of the first `pieces`; the worth of all is the whole line."""
    return rounded_share(line.total_minor, min(pieces, line.quantity), line.quantity)


@dataclass(frozen=True, slots=True)
class Paid:
    """One part, and what came for it."""

    share_minor: int
    paid_minor: int


def dues(parts: Sequence[Paid], *, open_minor: int, slack_minor: int = 0) -> list[int]:
    """
    Return what each part still has to pay of `open_minor`, which the order lacks.

    A part whose cash coins could not make to the unit is settled within `slack_minor`; what that leaves goes to whoever pays last, so that the order is always
    paid to the last unit.
    """
    unsettled = [index for index, part in enumerate(parts) if not _is_settled(part, slack_minor)]
    result = [0] * len(parts)
    if not open_minor:
        return result
    if len(unsettled) <= 1:
        result[unsettled[0] if unsettled else len(parts) - 1] = open_minor
        return result
    for index in unsettled:
        result[index] = min(open_minor, max(0, parts[index].share_minor - parts[index].paid_minor))
    return result


def _is_settled(part: Paid, slack_minor: int) -> bool:
    return part.paid_minor >= part.share_minor or (
        part.paid_minor > 0 and part.paid_minor + slack_minor >= part.share_minor
    )
