"""What the first page asks."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.rules import read_basis_points
from merchant.merchants.countries import COUNTRIES, list_zones, named_countries
from reports.setup.services import Founding, SetupRefused

_OTHER = ""


def business_fields(*, locale: str) -> tuple[FormField, ...]:
    """Return what is asked of the business. The country brings currency, zone and tax rates; another one is typed."""
    usual = {"de": "DE", "sv": "SE"}.get(locale[:2], "DE")
    countries = choices_of([*named_countries(locale=locale), (_OTHER, _("Another country"))], usual)
    return (
        FormField("merchant_name", _("Name of your business"), is_required=True, length_max=120),
        FormField("country", _("Country"), "choice", choices=countries, hint=_("Brings currency, time zone and tax rates; all can be changed below or later.")),
    )  # fmt: skip


def other_fields() -> tuple[FormField, ...]:
    """Return what only another country, or another currency, needs."""
    zones = choices_of([("", _("The country's own")), *((zone, zone) for zone in list_zones())])
    return (
        FormField("other_country", _("Another country"), length_max=2, hint=_("Two letters, like US.")),
        FormField("currency", _("Currency of the books"), length_max=3, hint=_("Three letters, like EUR. Empty: the country's own.")),
        FormField("zone", _("Time zone"), "choice", choices=zones),
        FormField("standard_rate", _("Standard tax rate in percent"), "decimal", length_max=8, hint=_("Only for a country that is not in the list.")),
    )  # fmt: skip


def person_fields(*, needs_code: bool) -> tuple[FormField, ...]:
    """Return what is asked of the owner, and the installation's code where that is needed."""
    fields = [
        FormField("first_name", _("First name"), is_required=True, length_max=80),
        FormField("last_name", _("Last name"), is_required=True, length_max=80),
        FormField("email", _("E-mail"), is_required=True, length_max=200),
        FormField("password", _("Password"), "password", is_required=True, length_max=128, hint=_("At least 15 characters; several words that do not belong together are easy to keep in mind.")),
    ]  # fmt: skip
    if needs_code:
        fields.append(
            FormField("code", _("Set-up code"), "password", is_required=True, length_max=80, hint=_("It stands in var/secrets/setup_code on the server."))
        )  # fmt: skip
    return tuple(fields)


def read(told: Mapping[str, str], *, language: str) -> Founding:
    """
    Return what was typed.

    :raises SetupRefused: for a wrong code or a country without currency or zone. :raises RuleInvalid: for a rate that is none.
    """
    given = {name: text.strip() if name != "password" else text for name, text in told.items()}
    if settings.SETUP_CODE and not hmac.compare_digest(given.get("code", "").encode(), settings.SETUP_CODE.encode()):
        raise SetupRefused(reason=_("the set-up code is wrong"), field="code")
    country = (given.get("country") or given.get("other_country", "")).upper()
    currency, zone = COUNTRIES.get(country, ("", ""))
    rate = given.get("standard_rate", "")
    return Founding(
        merchant_name=given.get("merchant_name", ""),
        country=country,
        currency=given.get("currency", "").upper() or currency,
        zone=given.get("zone") or zone,
        locale=language,
        email=given.get("email", ""),
        first_name=given.get("first_name", "")[:80],
        last_name=given.get("last_name", "")[:80],
        password=given.get("password", ""),
        standard_rate_basis_points=read_basis_points(rate, name=_("Standard tax rate")) if rate else None,
    )
