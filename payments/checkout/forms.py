"""What the hosted page asks the shopper, when the shop has not told it."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from payments.checkout.deliveries import Shopper


class ShopperForm(forms.Form):
    """
    E-mail and, where goods are sent, the address. The names are what browsers fill in by themselves.

    The e-mail is only a wish, a receipt by mail, unless `needs_email`.
    """

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    name = forms.CharField(label=_("Name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    line1 = forms.CharField(
        label=_("Street and number"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "address-line1"})
    )
    postal_code = forms.CharField(
        label=_("Postal code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "postal-code"})
    )
    city = forms.CharField(
        label=_("Town"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    country = forms.ChoiceField(label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country"}))

    _ADDRESS = ("name", "line1", "postal_code", "city", "country")

    def __init__(
        self,
        *args: object,
        countries: Sequence[str],
        asks_email: bool,
        asks_address: bool,
        needs_email: bool = True,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        territories = Locale.parse(get_language() or "en", sep="-").territories
        self.fields["country"].choices = [(code, territories.get(code, code)) for code in countries]  # type: ignore[attr-defined]
        self.fields["email"].required = needs_email
        if not asks_email:
            del self.fields["email"]
        if not asks_address:
            for name in self._ADDRESS:
                del self.fields[name]

    def shopper(self) -> Shopper:
        """Return the checked input as services take it."""
        data = self.cleaned_data
        address = {name: data[name] for name in self._ADDRESS if name in data}
        return Shopper(email=data.get("email", ""), name=data.get("name", ""), shipping_address=address)
