"""What staff type about a way of delivery and its rates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import uuid4

from django.utils.translation import gettext as _

from inventory.catalog.models import TaxClass
from merchant.core.errors import Invalid
from merchant.core.money import EXPONENTS
from merchant.core.pages.display import field_amount
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.rules import read_amount, read_whole
from merchant.sales_channels.models import Channel
from payments.checkout.delivery_pages import RateFields
from payments.checkout.delivery_setup import RATES_MAX, MethodTerms, RateTerms
from payments.checkout.models import DeliveryMethod, DeliveryRate

_CODE = re.compile(r"[a-z0-9_-]{2,30}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_COUNTRIES_MAX = 250
_GRAMS_MAX = 10_000_000
# Empty lines below the rates: each saving gives as many again.
_EMPTY_LINES = 3
_RATE_FIELDS = ("channel", "zone", "countries", "weight", "value", "price")


def method_fields(method: DeliveryMethod | None, *, currency: str) -> tuple[FormField, ...]:
    """Return the inputs of a way of delivery as it stands, or of a new one. What it is called by and its currency never change."""
    classes = list(TaxClass.objects.order_by("code"))
    chosen = next((each.code for each in classes if method and each.id == method.tax_class_id), "")
    currency = method.currency if method else currency
    free_from = method.free_from_minor if method else None
    fixed = () if method else (
        FormField("code", _("Called by"), is_required=True, length_max=30, hint=_("Small letters, digits, - and _. One that begins with collect is fetched at the store.")),
        FormField("currency", _("Currency"), text=currency, is_required=True, length_max=3),
    )  # fmt: skip
    return (
        *fixed,
        FormField("name", _("Name"), text=method.name if method else "", is_required=True, length_max=80),
        FormField("price", _("Price, tax included"), "decimal", text=field_amount(method.price_minor, currency) if method else "", is_required=True, length_max=20),
        FormField("free_from", _("Free from goods worth"), "decimal", text=field_amount(free_from, currency) if free_from else "", length_max=20),
        FormField("tax_class", _("Tax class"), "choice", choices=choices_of([(each.code, each.name) for each in classes], chosen)),
        FormField("countries", _("Goes to"), text=", ".join(method.countries) if method else "", length_max=1000, hint=_("Countries like DE, SE. Empty is everywhere.")),
        FormField("is_active", _("Customers can choose it"), "tick", text="on" if method is None or method.is_active else ""),
    )  # fmt: skip


def read_method(entered: Mapping[str, str], method: DeliveryMethod | None) -> tuple[str, MethodTerms]:
    """Return what a way is called by and its terms. :raises Invalid, RuleInvalid: for what cannot be understood."""
    given = {name: text.strip() for name, text in entered.items()}
    code = method.code if method else given.get("code", "")
    if not _CODE.fullmatch(code):
        raise Invalid(reason=_("a way of delivery is called by 2 to 30 small letters, digits, - and _"))
    currency = method.currency if method else given.get("currency", "").upper()
    if currency not in EXPONENTS:
        raise Invalid(reason=_("there is no such currency"))
    if method is None and DeliveryMethod.objects.filter(code=code).exists():
        raise Invalid(reason=_("there is a way of delivery called {code} already").format(code=code))
    if not given.get("name"):
        raise Invalid(reason=_("give it a name that customers understand"))
    free_from = given.get("free_from", "")
    terms = MethodTerms(
        name=given["name"][:80],
        currency=currency,
        price_minor=read_amount(given.get("price", ""), currency=currency, name=_("Price")),
        tax_class=given.get("tax_class", ""),
        countries=read_countries(given.get("countries", "")),
        free_from_minor=(read_amount(free_from, currency=currency, name=_("Free from")) or None) if free_from else None,
        is_active=bool(given.get("is_active")),
    )
    return code, terms


def rate_lines(method: DeliveryMethod, posted: Mapping[str, Sequence[str]] | None = None) -> tuple[RateFields, ...]:
    """Return one line of inputs a rate, and some empty ones. `posted` is what was typed and refused."""
    if posted is not None:
        columns = [posted.get(name, ()) for name in _RATE_FIELDS]
        lines = [RateFields(str(uuid4()), *texts) for texts in zip(*columns, strict=False)]
        return tuple(lines[: RATES_MAX + _EMPTY_LINES])
    rows = DeliveryRate.objects.filter(method=method).select_related("channel").order_by("id")
    lines = [_line(rate, method.currency) for rate in rows]
    return (*lines, *(RateFields(str(uuid4())) for _index in range(_EMPTY_LINES)))


def read_rates(entered: Mapping[str, Sequence[str]], *, currency: str) -> list[RateTerms]:
    """Return the rates somebody typed; a line without a price is none. :raises Invalid, RuleInvalid: for what cannot be understood."""
    columns = [entered.get(name, ()) for name in _RATE_FIELDS]
    if len({len(column) for column in columns}) > 1:
        raise Invalid(reason=_("a line of the rates is not whole"))
    rates = []
    for number, texts in enumerate(zip(*columns, strict=True), 1):
        channel, zone, countries, weight, value, price = (text.strip() for text in texts)
        if not price:
            if any((channel, zone, countries, weight, value)):
                raise Invalid(reason=_("line {number} has no price").format(number=number))
            continue
        name = _("Line {number}").format(number=number)
        rates.append(
            RateTerms(
                price_minor=read_amount(price, currency=currency, name=name),
                channel=channel,
                zone=zone[:40],
                countries=read_countries(countries),
                weight_grams_max=read_whole(weight, least=1, most=_GRAMS_MAX, name=name) if weight else None,
                value_from_minor=read_amount(value, currency=currency, name=name) if value else 0,
            )
        )
    return rates


def read_countries(text: str) -> list[str]:
    """Return the countries of "DE, SE". :raises Invalid: for what is no ISO code of two letters."""
    countries = [part for part in re.split(r"[\s,;]+", text.upper()) if part]
    if len(countries) > _COUNTRIES_MAX or not all(_COUNTRY.fullmatch(country) for country in countries):
        raise Invalid(reason=_("write countries as two letters, like DE, SE"))
    return list(dict.fromkeys(countries))


def channel_choices() -> tuple[tuple[str, str], ...]:
    """Return the channels a rate can be for, as (code, name)."""
    rows = Channel.objects.exclude(kind="in_store").order_by("name")
    return (("", _("Every channel")), *((channel.code, channel.name) for channel in rows))


def _line(rate: DeliveryRate, currency: str) -> RateFields:
    return RateFields(
        key=str(rate.id),
        channel=rate.channel.code if rate.channel else "",
        zone=rate.zone,
        countries=", ".join(rate.countries),
        weight=str(rate.weight_grams_max or ""),
        value=field_amount(rate.value_from_minor, currency) if rate.value_from_minor else "",
        price=field_amount(rate.price_minor, currency),
    )
