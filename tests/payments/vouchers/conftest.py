"""What the tests of vouchers share."""

from tests.merchant.accounts.conftest import shared_cache

__all__ = ["shared_cache"]
