"""The master key, and what is derived from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings


@lru_cache(maxsize=1)
def master_key() -> bytes:
    """Return the 32-byte master key from `VAULT_MASTER_KEY` (base64), which `up` writes once under `var/`."""
    key = base64.b64decode(settings.VAULT_MASTER_KEY)
    if len(key) != 32:
        raise ValueError("VAULT_MASTER_KEY must be 32 bytes in base64")
    return key


def derived_key(purpose: str) -> bytes:
    """Return a key for one purpose alone."""
    return hmac.new(master_key(), purpose.encode(), hashlib.sha256).digest()
