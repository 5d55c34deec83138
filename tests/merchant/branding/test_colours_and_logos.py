"""Which colours can be read, and what is left of a logo's file. No database."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from merchant.branding import colours, logos
from merchant.branding.colours import CONTRAST_MIN, GROUND_DARK, GROUND_LIGHT, ON_DARK, ON_LIGHT


def a_picture(size: tuple[int, int] = (900, 300), kind: str = "PNG", **more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#1D4ED8").save(file, kind, **more)
    return file.getvalue()


def test_an_unreadable_colour_is_refused_with_its_ratio() -> None:
    with pytest.raises(colours.ColourUnreadable) as refused:
        colours.checked_accent("#F2B033")

    assert refused.value.data == {"colour": "#F2B033", "ratio": "1.74", "least": 4.5}
    assert colours.checked_accent(" 0b5a66 ") == "#0B5A66"
    assert colours.checked_accent("") == ""


@pytest.mark.parametrize("text", ["red", "#12345", "#1234567", "#GGGGGG", "#000000; } body { display: none"])
def test_what_is_no_colour_never_reaches_the_stylesheet(text: str) -> None:
    with pytest.raises(colours.ColourUnknown):
        colours.checked_accent(text)


@pytest.mark.parametrize("accent", ["#000000", "#0B5A66", "#1D4ED8", "#8B0000", "#5B21B6", "#6B6B6B", "#00007F"])
def test_every_pair_a_shopper_reads_has_enough_contrast_in_both_themes(accent: str) -> None:
    css = colours.stylesheet(colours.checked_accent(accent))
    found = dict(re.findall(r"--([a-z-]+): light-dark\((#\w+, #\w+)\)", css))
    light, dark = ({name: pair.split(", ")[which] for name, pair in found.items()} for which in (0, 1))

    for theme, ground in ((light, GROUND_LIGHT), (dark, GROUND_DARK)):
        assert colours.contrast(theme["accent"], ground) >= CONTRAST_MIN
        assert colours.contrast(theme["on-accent"], theme["accent"]) >= CONTRAST_MIN
        assert colours.contrast(theme["on-accent"], theme["accent-hover"]) >= CONTRAST_MIN
    # What is chosen is written in the page's own ink on the soft accent.
    assert colours.contrast("#475357", light["accent-soft"]) >= CONTRAST_MIN
    assert colours.contrast("#AFBCC0", dark["accent-soft"]) >= CONTRAST_MIN
    assert (light["on-accent"], dark["on-accent"]) == (ON_LIGHT, ON_DARK)


def test_a_logo_is_drawn_anew_so_that_nothing_but_the_picture_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"

    kept = logos.clean_logo(a_picture(kind="JPEG", exif=exif) + b"<script>alert(1)</script>")

    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("PNG", (480, 160), {})
    assert b"secret" not in kept
    assert b"script" not in kept


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        a_picture(kind="GIF"),
        a_picture()[:60],
        a_picture((2001, 2000)),
        b"\x89PNG" + bytes(logos.LOGO_BYTES_MAX),
        b"",
    ],
    ids=["a drawing that can hold scripts", "another format", "cut off", "too many pixels", "too many bytes", "empty"],
)
def test_what_is_no_logo_is_refused(data: bytes) -> None:
    with pytest.raises(logos.LogoRefused):
        logos.clean_logo(data)
