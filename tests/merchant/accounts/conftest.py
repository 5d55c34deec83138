"""What the tests of accounts share."""

import pytest

from merchant.accounts import callers


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    callers.forget()
