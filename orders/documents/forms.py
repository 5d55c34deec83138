"""What staff type about invoices."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

DUE_DAYS_MAX = 90


class InvoiceForm(forms.Form):
    """Who is billed, and when what is open is to be paid."""

    name = forms.CharField(label=_("Company"), max_length=160)
    street = forms.CharField(label=_("Street"), max_length=120)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=80)
    country = forms.RegexField(r"^[A-Z]{2}$", label=_("Country"), help_text=_("two letters, like SE"), max_length=2)
    vat_number = forms.CharField(label=_("VAT number"), max_length=40, required=False)
    reference = forms.CharField(label=_("Their reference"), max_length=80, required=False)
    due_days = forms.IntegerField(
        label=_("Days to pay"), min_value=0, max_value=DUE_DAYS_MAX, initial=0, help_text=_("for what is still open")
    )


class CreditForm(forms.Form):
    """Why an invoice is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=120)
