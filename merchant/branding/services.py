"""Change how a merchant looks to shoppers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from merchant.branding import colours, logos
from merchant.branding.models import Brand
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid

TEXT_KINDS = ("welcome", "legal")
# Two sentences above a payment, a paragraph below it.
TEXT_LENGTH_MAX = {"welcome": 200, "legal": 600}
ADDRESSES = ("imprint_url", "returns_url", "privacy_url")


class BrandChangedMeanwhile(AppError):
    """Somebody else saved the brand since this form was drawn."""

    code = "brand_changed_meanwhile"
    detail = "Somebody else changed the brand while this page was open."
    next_step = "Look at what stands there now and change it again."


@dataclass(frozen=True, slots=True)
class Look:
    """What a person may set. `texts` is {kind: {language: text}}; `logo` None keeps the one that is there, b"" takes it away."""

    name: str = ""
    accent: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    imprint_url: str = ""
    returns_url: str = ""
    privacy_url: str = ""
    logo: bytes | None = None


@transaction.atomic
def set_brand(*, look: Look, version: int, now: datetime) -> Brand:
    """
    Set the look of the merchant in scope and return it. `version` is the one the form was drawn from, 0 where there was none. Locks the brand.

    :raises ColourUnknown, ColourUnreadable: for the accent. :raises LogoRefused: for the logo. :raises Invalid: for an address or a text.
    :raises BrandChangedMeanwhile: if it is another version by now. Nothing is changed then.
    """
    brand: Brand | None = Brand.objects.select_for_update().first()
    if (brand.version if brand else 0) != version:
        raise BrandChangedMeanwhile()
    brand = brand or Brand(version=0)
    brand.name = look.name.strip()[:80]
    brand.accent = colours.checked_accent(look.accent)
    brand.texts = _checked_texts(look.texts)
    for name in ADDRESSES:
        setattr(brand, name, _checked_address(getattr(look, name)))
    if look.logo is not None:
        brand.logo = logos.clean_logo(look.logo) if look.logo else None
    brand.version += 1
    brand.changed_at = now
    brand.save()
    audit.record("brand.changed", subject="merchant", now=now, data={"version": brand.version, "accent": brand.accent})
    return brand


def _checked_texts(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    languages = [code for code, _name in settings.LANGUAGES]
    kept: dict[str, dict[str, str]] = {}
    for kind in TEXT_KINDS:
        said = {code: texts.get(kind, {}).get(code, "").strip() for code in languages}
        longest = max(len(text) for text in said.values())
        if longest > TEXT_LENGTH_MAX[kind]:
            raise Invalid(
                reason=_("a text has {longest} characters; {number} fit").format(
                    longest=longest, number=TEXT_LENGTH_MAX[kind]
                )
            )
        kept[kind] = {code: text for code, text in said.items() if text}
    return kept


def _checked_address(text: str) -> str:
    address = text.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Invalid(reason=_("{address} is no https address").format(address=address[:80])) from None
    if parts.scheme != "https" or "." not in parts.netloc or len(address) > 300 or any(map(str.isspace, address)):
        raise Invalid(reason=_("{address} is no https address").format(address=address[:80]))
    return address
