"""What the tests of accounts share."""

from typing import Any

import pytest

from merchant.accounts import callers


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    callers.forget()


@pytest.fixture
def shared_cache(valkey_url: str, settings: Any) -> None:
    """A real, empty cache: guesses and tickets are counted there."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": valkey_url,
            "OPTIONS": {"db": 1},
        }
    }
