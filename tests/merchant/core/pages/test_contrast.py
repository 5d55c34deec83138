"""The contrast that tokens.css promises holds in both themes (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[4] / "static/css/tokens.css").read_text()
TOKENS = {
    name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+):\s*light-dark\((#\w{6}), (#\w{6})\)", CSS)
}

TEXT, PART = 4.5, 3.0
SURFACES = ("bg", "surface", "raised", "sunken", "hover", "selected")
TONES = ("good", "warn", "bad", "info", "back", "idle")
PROMISES = [
    *((ink, surface, TEXT) for ink in ("ink", "ink-2", "ink-3") for surface in SURFACES),
    *(("accent", surface, TEXT) for surface in (*SURFACES, "accent-soft")),
    *((f"{tone}-ink", surface, TEXT) for tone in TONES for surface in (f"{tone}-bg", "surface", "bg")),
    *(("ink", f"{tone}-bg", TEXT) for tone in TONES),
    *(("ink-2", f"{tone}-bg", TEXT) for tone in TONES),
    *((ink, surface, TEXT) for ink in ("nav-ink", "nav-ink-2") for surface in ("nav-bg", "nav-active")),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hover", TEXT),
    ("on-danger", "danger", TEXT),
    ("on-brand", "brand", TEXT),
    *(("line-strong", surface, PART) for surface in ("bg", "surface", "raised", "sunken")),
    *(("focus", surface, PART) for surface in SURFACES),
    *(("brand", surface, PART) for surface in ("nav-bg", "nav-active")),
    *((f"chart-{series}", "surface", PART) for series in ("1", "2", "3", "4", "5", "past")),
]


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "surface", "least"), PROMISES)
def test_ink_stands_out_from_its_surface(ink: str, surface: str, least: float, theme: int) -> None:
    high, low = sorted((luminance(TOKENS[ink][theme]), luminance(TOKENS[surface][theme])), reverse=True)

    assert (high + 0.05) / (low + 0.05) >= least
