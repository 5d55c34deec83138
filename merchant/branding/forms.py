"""What the page of the brand asks."""

from __future__ import annotations

from babel.core import Locale
from django.conf import settings
from django.utils.translation import gettext as _

from merchant.branding.models import Brand
from merchant.branding.services import ADDRESSES, TEXT_KINDS, TEXT_LENGTH_MAX
from merchant.core.pages.forms import FormField
from merchant.core.pages.shell import current_locale


def brand_fields(brand: Brand | None, merchant_name: str) -> tuple[FormField, ...]:
    """Return every field but the logo, filled with what is stored. `merchant_name` is what holds where no name is given."""
    said = brand.texts if brand else {}
    labels = {"welcome": _("Welcome text in {language}"), "legal": _("Legal notice in {language}")}
    address_labels = {"imprint_url": _("Imprint"), "returns_url": _("Returns"), "privacy_url": _("Privacy")}
    reader = Locale.parse(current_locale())
    texts = [
        FormField(
            f"{kind}_{code}",
            labels[kind].format(language=Locale.parse(code).get_language_name(reader)),
            "lines",
            said.get(kind, {}).get(code, ""),
            length_max=TEXT_LENGTH_MAX[kind],
        )
        for kind in TEXT_KINDS
        for code, _name in settings.LANGUAGES
    ]
    addresses = [
        FormField(
            name,
            address_labels[name],
            text=getattr(brand, name) if brand else "",
            hint=_("An address that begins with https."),
            length_max=300,
        )
        for name in ADDRESSES
    ]
    return (
        FormField(
            "name",
            _("Name of the shop"),
            text=brand.name if brand else "",
            hint=_("Empty: {name}").format(name=merchant_name),
            length_max=80,
        ),
        FormField(
            "accent",
            _("Accent colour"),
            text=brand.accent if brand else "",
            hint=_("Buttons and links, as #0B5A66. It must be readable on white."),
            length_max=7,
        ),
        *texts,
        *addresses,
    )
