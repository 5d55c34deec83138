"""What the scopes of an API key let a program do."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

_SCOPES = {
    "catalog": _("Products and prices"),
    "checkout": _("Checkouts and payment links"),
    "customers": _("Customers"),
    "orders": _("Orders"),
    "payments": _("Payments and refunds"),
    "reports": _("Reports and exports"),
    "routing": _("Routing of payments"),
    "settlement": _("Settlements and payouts"),
    "stock": _("Stock"),
    "webhooks": _("Webhooks"),
}


def scope_choices(scopes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return scopes as (value, words); one that is no longer there is shown by its name."""
    return tuple((scope, str(_SCOPES.get(scope, scope))) for scope in scopes)
