"""Where REST views of a merchant come from: see `merchant.core.rest`."""

from merchant.core.callers import Caller
from merchant.core.rest import MerchantActView, MerchantView, RightMissing, require_store

__all__ = ["Caller", "MerchantActView", "MerchantView", "RightMissing", "require_store"]
