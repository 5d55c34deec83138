"""The brand of the merchant in scope, and of an address."""

from __future__ import annotations

from uuid import UUID

from merchant.branding.models import Brand


def find_brand() -> Brand | None:
    """Return the brand of the merchant in scope without its logo's bytes, or None if nothing was set."""
    brand: Brand | None = Brand.objects.defer("logo").first()
    return brand


def find_brand_by_id(brand_id: UUID) -> Brand | None:
    """Return a brand whichever merchant's it is: its colours and logo are public."""
    return Brand.across_merchants.filter(id=brand_id).first()


def has_logo(brand: Brand) -> bool:
    """Say whether there is a logo, without reading it."""
    return Brand.across_merchants.filter(id=brand.id, logo__isnull=False).exists()
