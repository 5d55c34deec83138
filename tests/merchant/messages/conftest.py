"""A receiver, and permission to reach it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.receiver import Receiver, a_receiver


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Somebody's endpoint on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with a_receiver() as listening:
        yield listening
