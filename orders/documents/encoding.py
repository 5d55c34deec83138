"""Text for printers and fonts that know one code page: what they cannot write is written as near as they can."""

from __future__ import annotations

import unicodedata

# Signs whose decomposition does not lead to a plain letter.
_NEAREST = str.maketrans({
    "−": "-", "–": "-", "—": "-", "…": "...", "·": ".", "×": "x", "’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE",
})  # fmt: skip


def fold(text: str, code_page: str) -> str:
    """Return `text` with every character that `code_page` lacks replaced by its plain letter, or `?` where there is none. Control characters go."""
    return "".join(
        _folded(character, code_page) for character in text if character.isprintable() or character == "\u00a0"
    )


def _folded(character: str, code_page: str) -> str:
    plain = unicodedata.normalize("NFKD", character)
    without_marks = "".join(part for part in plain if not unicodedata.combining(part))
    for candidate in (character, character.translate(_NEAREST), without_marks):
        try:
            candidate.encode(code_page)
        except UnicodeEncodeError:
            continue
        return candidate
    return "?"
