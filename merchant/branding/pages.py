"""A brand as shoppers see it, and as staff set it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse

from merchant.branding import queries
from merchant.branding.models import Brand
from merchant.core.pages.forms import FormField
from merchant.core.pages.frame import mark_of
from merchant.core.pages.shell import current_locale
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants


@dataclass(frozen=True, slots=True)
class BrandView:
    """What heads and ends every page of a shopper. Addresses are "" where nothing was set."""

    name: str
    mark: str
    logo_url: str = ""
    css_url: str = ""
    welcome: str = ""
    legal: str = ""
    imprint_url: str = ""
    returns_url: str = ""
    privacy_url: str = ""


@dataclass(frozen=True, slots=True)
class BrandPreview:
    """How the shop looks, or with `is_typed` would look; `problem` says what of that cannot be. A file that was chosen does not stay chosen."""

    brand: BrandView
    css_url: str = ""
    problem: str = ""
    is_typed: bool = False
    has_new_logo: bool = False


@dataclass(frozen=True, slots=True)
class BrandPage:
    """The page on which staff set it."""

    fields: tuple[FormField, ...]
    preview: BrandPreview
    has_logo: bool
    version: int
    idempotency_key: str
    can_change: bool
    errors: tuple[str, ...] = ()
    changed_by: str = ""


def brand_view() -> BrandView:
    """Return the brand of the merchant in scope in the language of the request."""
    brand = queries.find_brand()
    if brand is None:
        return view_of(Brand())
    return replace(
        view_of(brand),
        logo_url=_address("logo", brand) if queries.has_logo(brand) else "",
        css_url=_address("stylesheet", brand) if brand.accent else "",
    )


def view_of(brand: Brand) -> BrandView:
    """Return the words of a brand, which need not be stored, in the language of the request."""
    name = brand.name or merchants.get_merchant(current_merchant_id()).name
    return BrandView(
        name=name,
        mark=mark_of(name),
        welcome=_in_language(brand, "welcome"),
        legal=_in_language(brand, "legal"),
        imprint_url=brand.imprint_url,
        returns_url=brand.returns_url,
        privacy_url=brand.privacy_url,
    )


def _address(name: str, brand: Brand) -> str:
    return reverse(f"brand:{name}", args=[brand.id, brand.version])


def _in_language(brand: Brand, kind: str) -> str:
    """A text in the reader's language, else in the merchant's own; nothing rather than a third one."""
    said = brand.texts.get(kind, {})
    own = merchants.get_merchant(current_merchant_id()).locale.replace("_", "-").partition("-")[0]
    text: str = said.get(current_locale().replace("_", "-").partition("-")[0]) or said.get(own, "")
    return text
