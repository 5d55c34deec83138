"""What staff type about a new coupon."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from merchant.core.errors import Invalid
from merchant.core.money import EXPONENTS
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.rules import read_amount, read_basis_points, read_whole
from orders.placing.coupon_pages import KINDS

_CODE = re.compile(r"[A-Za-z0-9_-]{3,40}")
_USES_MAX, _USES_PER_CUSTOMER_MAX = 1_000_000, 1_000


def fields(*, currency: str) -> tuple[FormField, ...]:
    """Return the inputs, empty."""
    return (
        FormField("code", _("Code"), is_required=True, length_max=40, hint=_("3 to 40 letters, digits, - and _.")),
        FormField("name", _("Name"), length_max=80, hint=_("For yourself; customers do not see it.")),
        FormField(
            "kind", _("What it gives"), "choice", choices=choices_of([(kind, str(KINDS[kind])) for kind in KINDS])
        ),
        FormField(
            "percent", _("Part of the price, in percent"), "decimal", length_max=8, hint=_("Such as 10 or 12.5.")
        ),
        FormField(
            "amount", _("Amount"), "decimal", length_max=20, hint=_("For a coupon of an amount, in its currency.")
        ),
        FormField("currency", _("Currency"), text=currency, length_max=3),
        FormField("minimum", _("Basket of at least"), "decimal", length_max=20),
        FormField("category", _("Only for the category"), length_max=80),
        FormField("article", _("Only for the article"), length_max=60, hint=_("Its SKU; all variants of it count.")),
        FormField("uses_max", _("Uses at most"), "number", length_max=7),
        FormField("uses_per_customer_max", _("Uses at most for each customer"), "number", length_max=4),
        FormField("starts_on", _("Valid from"), "date", hint=_("Empty is at once.")),
        FormField("ends_on", _("Valid until, inclusive"), "date"),
    )


def read(entered: Mapping[str, str], *, currency: str, zone: str) -> dict[str, Any]:
    """
    Return the terms somebody typed as `create_coupon` takes them; days are those of `zone`.

    :raises Invalid, RuleInvalid: for what cannot be understood.
    """
    given = {name: text.strip() for name, text in entered.items()}
    code, kind = given.get("code", ""), given.get("kind", "")
    if not _CODE.fullmatch(code):
        raise Invalid(reason=_("a code has 3 to 40 letters, digits, - and _"), field="code")
    if kind not in KINDS:
        raise Invalid(reason=_("choose what the coupon gives"), field="kind")
    currency = given.get("currency", "").upper() or currency
    if currency not in EXPONENTS:
        raise Invalid(reason=_("there is no such currency"), field="currency")
    terms: dict[str, Any] = {
        "code": code,
        "kind": kind,
        "name": given.get("name", "")[:80],
        "category": given.get("category", "")[:80],
    }
    if kind == "percent":
        terms["percent_basis_points"] = read_basis_points(given.get("percent", ""), name=_("Part of the price"))
    if kind == "amount":
        terms["amount_minor"] = read_amount(given.get("amount", ""), currency=currency, name=_("Amount"))
        terms["currency"] = currency
    if given.get("minimum"):
        terms["minimum_minor"] = read_amount(given["minimum"], currency=currency, name=_("Basket of at least"))
    if given.get("article"):
        terms["product_id"] = _product_of(given["article"])
    for name, most in (("uses_max", _USES_MAX), ("uses_per_customer_max", _USES_PER_CUSTOMER_MAX)):
        if given.get(name):
            terms[name] = read_whole(given[name], least=1, most=most, name=_("Uses at most"))
    return terms | _span(given, zone)


def _product_of(sku: str) -> Any:
    variant = Variant.objects.filter(sku=sku).first()
    if variant is None:
        raise Invalid(reason=_("there is no article {sku}").format(sku=sku[:60]), field="article")
    return variant.product_id


def _span(given: Mapping[str, str], zone: str) -> dict[str, datetime]:
    span = {}
    if given.get("starts_on"):
        span["starts_at"] = _midnight(given["starts_on"], zone)
    if given.get("ends_on"):
        span["ends_at"] = _midnight(given["ends_on"], zone) + timedelta(days=1)
    if "starts_at" in span and "ends_at" in span and span["ends_at"] <= span["starts_at"]:
        raise Invalid(reason=_("the last day is before the first"), field="ends_on")
    return span


def _midnight(text: str, zone: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(reason=_("write days like 2026-11-22")) from None
    if not 2000 <= day.year <= 2200:
        raise Invalid(reason=_("that day is too far away"))
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))
