"""Logos as they come in, and as they are kept: drawn anew, so that nothing but the picture is left of a file."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _
from PIL import Image

from merchant.core.errors import AppError

# A logo is 40 px high on the page; a phone with a sharp screen draws 120.
LOGO_BYTES_MAX = 500_000
LOGO_PIXELS_MAX = 4_000_000
_KEPT_WIDTH, _KEPT_HEIGHT = 480, 160


class LogoRefused(AppError):
    """The file is no picture that can be a logo."""

    code = "logo_refused"
    detail = "This file cannot be the logo: {reason}."
    next_step = "Choose a PNG or JPEG of at most 500 kB."


def clean_logo(data: bytes) -> bytes:
    """
    Return the picture in `data` as a PNG of at most 480 × 160 pixels. Whatever else the file held (places, names, scripts) is gone.

    :raises LogoRefused: for anything but a PNG or JPEG of bearable size.
    """
    if len(data) > LOGO_BYTES_MAX:
        raise LogoRefused(reason=_("it has {number} kB").format(number=len(data) // 1000))
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > LOGO_PIXELS_MAX:
                raise LogoRefused(
                    reason=_("it has {width} × {height} pixels").format(width=picture.width, height=picture.height)
                )
            drawn = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise LogoRefused(reason=_("it is neither PNG nor JPEG, or damaged")) from error
    drawn.thumbnail((_KEPT_WIDTH, _KEPT_HEIGHT))
    kept = io.BytesIO()
    drawn.save(kept, "PNG", optimize=True)
    return kept.getvalue()
