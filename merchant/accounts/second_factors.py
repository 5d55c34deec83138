"""Seeds of authenticator apps and recovery codes, sealed under a key derived from the master key: they belong to a person, and to no merchant."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from allauth.mfa.models import Authenticator

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
    """Return how many rows are under another known master key than the one in force."""
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
    """What opens with a known key that is not `master`. What none opens is lost already and waits for nothing."""
    others = [key for key in keys.known_keys().values() if key != master]
    for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk").iterator():
        if any(_is_under(others, row.data[name]) for name in _SEALED if name in row.data):
            yield row


def _move(pk: int) -> int:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    for name in _SEALED:
        if name in row.data and _is_under(keys.known_keys().values(), row.data[name]):
            row.data[name] = seal(open_sealed(row.data[name]))
    row.save(update_fields=["data"])
    return 1


def _is_under(masters: Iterable[bytes], sealed: str) -> bool:
    try:
        return keys.opens(masters, base64.b64decode(sealed), purpose=_PURPOSE, bound=_BOUND)
    except ValueError:
        return False
