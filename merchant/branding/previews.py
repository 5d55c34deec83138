"""How the shop looks, or would look as somebody fills in the form."""

from __future__ import annotations

import base64
from dataclasses import replace

from django.urls import reverse

from merchant.branding import colours, logos
from merchant.branding.models import Brand
from merchant.branding.pages import BrandPreview, brand_view, view_of
from merchant.branding.services import Look
from merchant.core.errors import AppError


def of_saved(brand: Brand | None) -> BrandPreview:
    """Return how the shop looks now."""
    return BrandPreview(brand_view(), _css_url(brand.accent if brand else ""))


def of_typed(brand: Brand | None, look: Look) -> BrandPreview:
    """Return how the shop would look. What cannot be, such as half a colour, looks as it does now, and `problem` says why."""
    problem, accent, logo_url = "", brand.accent if brand else "", brand_view().logo_url
    try:
        accent = colours.checked_accent(look.accent)
        if look.logo is not None:
            logo_url = _picture(logos.clean_logo(look.logo)) if look.logo else ""
    except AppError as error:
        problem = error.message
    view = view_of(Brand(name=look.name.strip()[:80], texts=look.texts))
    return BrandPreview(
        replace(view, logo_url=logo_url), _css_url(accent), problem=problem, is_typed=True, has_new_logo=bool(look.logo)
    )


def _css_url(accent: str) -> str:
    return reverse("brand:preview", args=[accent.removeprefix("#")]) if accent else ""


def _picture(png: bytes) -> str:
    """The picture within the page: it is stored nowhere."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
