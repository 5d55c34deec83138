"""Counters that sell to the cent, and where the smallest coin is five."""

from __future__ import annotations

import pytest

from tests.terminals.pos.counter import Counter


@pytest.fixture
def german() -> Counter:
    """Goods for 10.00, 25.00 and 3.33, to the cent."""
    return Counter(prices=(1000, 2500, 333))


@pytest.fixture
def finnish() -> Counter:
    """Mugs for 12.48 and caps for 9.97, where the smallest coin is 0.05."""
    return Counter(country="FI", prices=(1248, 997))
