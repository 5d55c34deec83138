"""How a shop looks to its shoppers."""

from __future__ import annotations

from typing import Any

from merchant.branding import services
from merchant.branding.models import Brand
from merchant.branding.services import Look
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant


def a_brand(merchant: Merchant, **look: Any) -> Brand:
    """A merchant's look: a readable blue, and what is given."""
    with acting_for(merchant.id):
        return services.set_brand(look=Look(**{"accent": "#1D4ED8"} | look), version=0, now=machine_now())
