"""Numbers that make names different within one test run."""

from itertools import count

_numbers = count(1)


def next_number() -> int:
    """Return a number that was not used before."""
    return next(_numbers)
