"""
Sentences of ours that rows hold in English, worded in the reader's language when a page shows them.

What is stored stays as it was written: exports, REST and older rows keep their text, and no reader needs to know who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext

from merchant.core.pages.display import day_text
from merchant.core.pages.shell import current_locale

_BLANK = re.compile(r"\\{(\w+)\\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Sentences:
    """
    The English sentences one kind of row may hold, marked with `gettext_noop`; a `{name}` stands for what was filled in.

    Of several that fit, the one named first is meant.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = tuple((_pattern(sentence), sentence) for sentence in known)

    def told(self, stored: str) -> str:
        """Return `stored` in the reader's language. What is filled in is worded too, where it is ours; what nobody knows stays as it is."""
        for pattern, sentence in self._known:
            if found := pattern.fullmatch(stored):
                return gettext(sentence).format(
                    **{name: self._filled(part) for name, part in found.groupdict().items()}
                )
        return stored

    def knows(self, stored: str) -> bool:
        """Say whether `stored` is one of these sentences."""
        return any(pattern.fullmatch(stored) for pattern, _sentence in self._known)

    def _filled(self, part: str) -> str:
        if _DAY.fullmatch(part):
            return day_text(date.fromisoformat(part), shape="full", locale=current_locale())
        pieces = part.split(", ")
        return ", ".join(map(self.told, pieces)) if all(map(self.knows, pieces)) else self.told(part)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_BLANK.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)
