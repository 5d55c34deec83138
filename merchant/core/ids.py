"""Keys. UUIDv7 sorts by the moment it was made, so a primary key is also a keyset and an index stays dense."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()


def id_series() -> str:
    """
    Return the beginning of a series of UUIDv7, 28 characters of text, for who makes many rows at once: each key is it and eight hexadecimal digits counted up.

    A key drawn by itself costs a microsecond here and three in PostgreSQL, more than storing its row. The moment and 42 random bits tell series apart.
    """
    return str(new_id())[:28]


# Crockford's alphabet without look-alikes: a person reads references over the phone.
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def readable_code(length: int) -> str:
    """Return `length` random characters that cannot be misread. 5 bits each."""
    return readable_of(secrets.token_bytes(length))


def readable_of(random: bytes) -> str:
    """Return one readable character for each of `random`'s bytes."""
    # 32 letters: five bits of each byte choose one of them evenly.
    return "".join(_READABLE[byte & 31] for byte in random)


def new_secret(prefix: str) -> str:
    """Return a 256-bit secret that a scanner recognises by its prefix, such as `tsk_…`."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def secret_hash(secret: str) -> str:
    """Return the SHA-256 that is stored instead of `secret`. 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
