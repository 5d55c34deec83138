"""The sprite of icons is kept by browsers: one that must ask for it again shows none of a page's icons meanwhile."""

from __future__ import annotations

import re

from django.conf import settings

from merchant.core.keeping import ICONS, keep_icons
from merchant.core.pages.tags import icon


def test_the_icons_may_be_kept_and_no_other_file() -> None:
    icons: dict[str, str] = {"Cache-Control": "max-age=0, public"}
    style: dict[str, str] = {"Cache-Control": "max-age=0, public"}

    keep_icons(icons, "", f"{settings.STATIC_URL}{ICONS}")
    keep_icons(style, "", f"{settings.STATIC_URL}css/tokens.css")

    assert icons == {"Cache-Control": "max-age=86400, public"}
    assert style == {"Cache-Control": "max-age=0, public"}
    assert settings.WHITENOISE_ADD_HEADERS_FUNCTION is keep_icons


def test_the_address_of_an_icon_changes_with_the_file() -> None:
    assert re.search(r'href="/static/vendor/lucide/icons\.svg\?v=[0-9a-f]{12}#x"', icon("x"))
