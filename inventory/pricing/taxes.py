"""Tax classes and their rates: what is usual in a country, and what a merchant sets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.catalog.models import TaxClass
from inventory.pricing.models import TaxRate
from merchant.core.audit import services as audit
from merchant.core.errors import AppError

# Standard and reduced rates of value added tax in basis points, as in force in November 2026. A merchant checks them: law changes faster than software.
USUAL_RATES: dict[str, tuple[int, ...]] = {
    "AT": (2000, 1300, 1000),
    "BE": (2100, 1200, 600),
    "CH": (810, 380, 260),
    "CZ": (2100, 1200),
    "DE": (1900, 700),
    "DK": (2500,),
    "ES": (2100, 1000, 400),
    "FI": (2550, 1350, 1000),
    "FR": (2000, 1000, 550),
    "GB": (2000, 500),
    "IE": (2300, 1350, 900),
    "IT": (2200, 1000, 500),
    "LU": (1700, 1400, 800),
    "NL": (2100, 900),
    "NO": (2500, 1500, 1200),
    "PL": (2300, 800, 500),
    "PT": (2300, 1300, 600),
    "SE": (2500, 1200, 600),
}
_CODES = ("standard", "reduced", "reduced-2")
_SINCE = date(2020, 1, 1)


class TaxRefused(AppError):
    """The tax rate cannot be understood, or would change what was sold already."""

    code = "tax_refused"
    status = 422
    detail = "The tax rate was not saved: {reason}."
    money = "Nothing was changed."
    next_step = "Correct it and send it again."


@transaction.atomic
def agree_usual(*, country: str, standard_basis_points: int | None = None, now: datetime) -> list[TaxClass]:
    """
    Enter the tax classes of a new merchant with the rates usual in its country, and one without tax. `standard_basis_points` is for a country nobody knows here.

    Classes and rates that are there stay as they are.
    """
    rates = USUAL_RATES.get(country, () if standard_basis_points is None else (standard_basis_points,))
    names = (_("Standard"), _("Reduced"), _("Reduced further"))
    wanted = [*zip(_CODES, names, rates, strict=False), ("zero", _("Without tax"), 0)]
    made = []
    for code, name, basis_points in wanted:
        tax_class, _new = TaxClass.objects.get_or_create(code=code, defaults={"name": name})
        if not TaxRate.objects.filter(tax_class=tax_class, country=country).exists():
            TaxRate.objects.create(
                tax_class=tax_class, country=country, rate_basis_points=basis_points, valid_from=_SINCE
            )
        made.append(tax_class)
    rates_told = {code: basis_points for code, _name, basis_points in wanted}
    audit.record("tax.agreed", subject=f"country:{country}", now=now, data=rates_told)
    return made


@transaction.atomic
def set_rate(
    *, tax_class: TaxClass, country: str, rate_basis_points: int, valid_from: date, today: date, now: datetime
) -> TaxRate:
    """
    Set a rate from a day on; the one before ends the day before. What was sold keeps the rate it was sold with. Locks the class's rates of the country.

    :raises TaxRefused: for a day that is over, unless the country has no rate yet, or for a rate above 100 %.
    """
    if not 0 <= rate_basis_points <= 10_000:
        raise TaxRefused(reason=_("a rate is between 0 and 100 percent"), field="rate")
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise TaxRefused(reason=_("a country is two letters, like DE"), field="country")
    country = country.upper()
    rates = list(TaxRate.objects.select_for_update().filter(tax_class=tax_class, country=country).order_by("id"))
    if rates and valid_from < today:
        raise TaxRefused(
            reason=_("what was sold on days before today keeps its rate: choose today or a later day"),
            field="valid_from",
        )
    for rate in rates:
        if rate.valid_from < valid_from and (rate.valid_until is None or rate.valid_until >= valid_from):
            rate.valid_until = valid_from - timedelta(days=1)
            rate.save(update_fields=["valid_until"])
    rate, _new = TaxRate.objects.update_or_create(
        tax_class=tax_class,
        country=country,
        valid_from=valid_from,
        defaults={"rate_basis_points": rate_basis_points},
    )
    audit.record(
        "tax.rate_set",
        subject=f"tax_class:{tax_class.id}",
        now=now,
        data={"country": country, "basis_points": rate_basis_points, "valid_from": valid_from.isoformat()},
    )
    return rate
