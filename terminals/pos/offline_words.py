"""Why a sale made offline was refused, in the language of whoever reads it: rows keep the English of the refusal."""

from __future__ import annotations

from functools import cache

from merchant.core.errors import AppError
from merchant.core.pages.sentences import Sentences
from terminals.pos.offline_rules import WHY


def refusal_words(code: str, stored: str) -> str:
    """Return the stored text of a refusal in the reader's language; one whose sentence has changed since stays as it is."""
    return _sentences(code).told(stored)


@cache
def _sentences(code: str) -> Sentences:
    """The sentences that refusals of this code are told in, and what may be filled in. One that is nothing but what is filled in is none."""
    details = {refusal.detail for refusal in _refusals(AppError) if refusal.code == code}
    return Sentences((*WHY.values(), *sorted(detail for detail in details if not detail.startswith("{"))))


def _refusals(kind: type[AppError]) -> list[type[AppError]]:
    return [kind, *(found for part in kind.__subclasses__() for found in _refusals(part))]
