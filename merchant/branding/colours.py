"""Which accent colours can be read, and the stylesheet one becomes. Pure arithmetic of WCAG 2.2, 1.4.3."""

from __future__ import annotations

import re

from merchant.core.errors import AppError

# Text of ordinary size.
CONTRAST_MIN = 4.5
# The darkest ground of a light page and the lightest of a dark one that the accent is read on (static/css/tokens.css: bg, surface).
GROUND_LIGHT, GROUND_DARK = "#F6F5F1", "#151E21"
# What is read on a button in the accent.
ON_LIGHT, ON_DARK = "#FFFFFF", "#0B1210"
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
# From the colour to white in steps of 5 %: nobody sees less.
_STEPS = 20
_WHITE, _BLACK = "#FFFFFF", "#000000"

Rgb = tuple[int, int, int]


class ColourUnreadable(AppError):
    """Text in this colour cannot be read on the shopper's pages."""

    code = "colour_unreadable"
    field = "accent"
    detail = "{colour} reaches a contrast of {ratio}:1 on the page; text needs {least}:1."
    next_step = "Choose a darker colour. For dark screens it is made lighter by itself."


class ColourUnknown(AppError):
    """That is no colour."""

    code = "colour_unknown"
    field = "accent"
    detail = "{colour} is no colour. Write it as #0B5A66."


def checked_accent(text: str) -> str:
    """
    Return a colour as it is stored, "" for none.

    :raises ColourUnknown: unless it is six hexadecimal digits. :raises ColourUnreadable: if text in it could not be read on a light page.
    """
    if not text.strip():
        return ""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise ColourUnknown(colour=text.strip()[:20])
    colour = f"#{found.group(1).upper()}"
    ratio = contrast(colour, GROUND_LIGHT)
    if ratio < CONTRAST_MIN:
        # Cut, not rounded: 4.49 must not read as 4.5.
        raise ColourUnreadable(colour=colour, ratio=f"{int(ratio * 100) / 100:.2f}", least=CONTRAST_MIN)
    return colour


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((_luminance(_rgb(first)), _luminance(_rgb(second))))
    return (high + 0.05) / (low + 0.05)


def for_dark(colour: str) -> str:
    """Return the colour as it is read on dark pages: mixed with white until it can be."""
    for step in range(_STEPS + 1):
        lighter = mixed(colour, _WHITE, step / _STEPS)
        if contrast(lighter, GROUND_DARK) >= CONTRAST_MIN:
            return lighter
    return _WHITE


def mixed(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` of `other` in it."""
    parts = (round(one + (two - one) * share) for one, two in zip(_rgb(colour), _rgb(other), strict=True))
    return "#" + "".join(f"{part:02X}" for part in parts)


def stylesheet(accent: str, *, selector: str = ":root") -> str:
    """Return the CSS that puts `accent` in the place of Tillsyn's own; "" where there is none."""
    if not accent:
        return ""
    dark = for_dark(accent)
    values = {
        "accent": f"light-dark({accent}, {dark})",
        "accent-hover": f"light-dark({mixed(accent, _BLACK, 0.2)}, {mixed(dark, _WHITE, 0.2)})",
        "accent-soft": f"light-dark({mixed(accent, _WHITE, 0.88)}, {mixed(dark, GROUND_DARK, 0.8)})",
        "on-accent": f"light-dark({ON_LIGHT}, {ON_DARK})",
        "brand": accent,
        "on-brand": ON_LIGHT,
    }
    return f"{selector} {{ {' '.join(f'--{name}: {value};' for name, value in values.items())} }}\n"


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    linear: float = part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
    return linear
