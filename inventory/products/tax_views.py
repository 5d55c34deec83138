"""Taxes of articles: the classes and their rates, and what changes from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.catalog.models import TaxClass
from inventory.pricing import taxes
from inventory.pricing.taxes import TaxRefused
from inventory.products import queries
from inventory.products.pages import TaxesPage, TaxRow
from merchant.core.clock import business_date, business_now, business_today
from merchant.core.errors import AppError
from merchant.core.pages.display import percent_text
from merchant.core.pages.forms import FormField, answered, choices_of, error_lines
from merchant.core.pages.parts import Link
from merchant.core.pages.rules import read_basis_points
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView


class TaxesView(StaffPageView):
    """`/settings/taxes/`."""

    right = {"GET": "catalog.read", "POST": "catalog.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every rate, and the form for another."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set a rate, once."""
        try:
            return self.act_once(request, self._set)
        except AppError as error:
            return self._show(error)

    def _set(self) -> str:
        told, merchant = self.request.POST, self.caller.merchant
        tax_class = TaxClass.objects.filter(code=told.get("tax_class", "")).first()
        if tax_class is None:
            raise TaxRefused(reason=_("choose a tax class"), field="tax_class")
        basis_points = read_basis_points(told.get("rate", ""), name=_("Rate"))
        try:
            valid_from = date.fromisoformat(told.get("valid_from", ""))
        except ValueError:
            raise TaxRefused(reason=_("choose the day it begins"), field="valid_from") from None
        now = business_now(merchant.id)
        taxes.set_rate(
            tax_class=tax_class, country=told.get("country", "").strip(), rate_basis_points=basis_points,
            valid_from=valid_from, today=business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff), now=now,
        )  # fmt: skip
        messages.success(self.request, _("Saved. What was sold keeps the rate it was sold with."))
        return self.request.path

    def _show(self, error: AppError | None = None) -> HttpResponse:
        merchant = self.caller.merchant
        today = business_today(merchant)
        classes = [(tax.code, tax.name) for tax in queries.list_tax_classes()]
        fields: tuple[FormField, ...] = (
            FormField("tax_class", _("Tax"), "choice", choices=choices_of(classes)),
            FormField("country", _("Country"), text=merchant.country, is_required=True, length_max=2, hint=_("Two letters, like DE.")),
            FormField("rate", _("Rate in percent"), "decimal", is_required=True, length_max=8),
            FormField("valid_from", _("Valid from"), "date", text=today.isoformat(), is_required=True),
        )  # fmt: skip
        fields = answered(fields, self.request.POST, error)
        page = TaxesPage(
            rows=tuple(_tax_row(rate, today) for rate in queries.list_rates()),
            fields=fields,
            key=str(uuid4()),
            can_change=self.caller.has_right("catalog.manage"),
            back=Link(_("Settings"), "/settings/"),
            errors=error_lines(error, fields),
        )
        status = error.status if error else 200
        return self.page("inventory/products/taxes.html", page, current="settings", status=status)


def _tax_row(rate: Any, today: date) -> TaxRow:
    percent = percent_text(rate.rate_basis_points / 100, locale=current_locale(), decimals="##")
    is_in_force = rate.valid_from <= today and (rate.valid_until is None or rate.valid_until >= today)
    return TaxRow(rate.tax_class.name, rate.country, percent, rate.valid_from, rate.valid_until, is_in_force)
