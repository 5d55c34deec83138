"""Seeds of authenticator apps and recovery codes, sealed under a key derived from the master key: they belong to a person, and to no merchant."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag

from merchant.core.vault import keys

_PURPOSE, _BOUND = "second-factor", b"second-factor"
# What allauth keeps sealed in a row's data.
_SEALED = ("secret", "seed")


def seal(text: str) -> str:
    """Return `text` under AES-256-GCM with a key derived for this purpose from the master key in force."""
    return base64.b64encode(keys.seal_with(keys.master_key(), text.encode(), purpose=_PURPOSE, bound=_BOUND)).decode()


def open_sealed(sealed: str) -> str:
    """Return what `seal` was given, under whichever known master key. :raises InvalidTag: if none opens it."""
    return keys.open_with_any(base64.b64decode(sealed), purpose=_PURPOSE, bound=_BOUND)[0].decode()


def count_behind() -> int:
    """Return how many rows are not under the master key in force."""
    return sum(1 for _ in _behind(keys.master_key()))


def move_some(number_max: int) -> int:
    """Seal at most so many rows anew under the master key in force, locked until commit, and return how many. What no known key opens stays as it is."""
    moved = 0
    for row in _behind(keys.master_key()):
        if moved == number_max:
            break
        moved += _move(row.pk)
    return moved


def _behind(master: bytes) -> Iterator[Authenticator]:
    for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk").iterator():
        if not all(_is_under(master, row.data[name]) for name in _SEALED if name in row.data):
            yield row


def _move(pk: int) -> int:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    try:
        row.data = {**row.data, **{name: seal(open_sealed(row.data[name])) for name in _SEALED if name in row.data}}
    except InvalidTag:
        return 0
    row.save(update_fields=["data"])
    return 1


def _is_under(master: bytes, sealed: str) -> bool:
    return keys.opens([master], base64.b64decode(sealed), purpose=_PURPOSE, bound=_BOUND)
