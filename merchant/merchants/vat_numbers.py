"""
VAT numbers of businesses: how they are written in each country.

The form is checked, not the register behind it: whether a number is valid today is asked at VIES by who sends the invoice.
"""

from __future__ import annotations

import re

from merchant.core.errors import AppError

# Country of the number -> what follows its two letters: VIES, "VAT number format", and for the others their tax offices. Greece writes EL.
_FORMS = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}", "DK": r"\d{8}", "EE": r"\d{9}",
    "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}", "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}",
    "IE": r"(\d[A-Z0-9+*]\d{5}[A-Z]|\d{7}[A-Z]{1,2})", "IT": r"\d{11}", "LT": r"(\d{9}|\d{12})", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{10}01", "SI": r"\d{8}", "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "GB": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})", "CH": r"E\d{9}(MWST|TVA|IVA)?", "NO": r"\d{9}(MVA)?",
}  # fmt: skip
_OUTSIDE = frozenset({"GB", "CH", "NO"})
# Where a seller may be named by the tax office's own number instead: how many digits that has. Germany: § 14 (4) no. 2 UStG; as each Land writes it, or in the
# federal form of 13 digits.
_TAX_OFFICE_DIGITS = {"DE": (10, 11, 13)}
# What stands before a number where that is not its country's own code.
_PREFIXES = {"GR": "EL"}


class VatNumberMalformed(AppError):
    """The VAT number is not written as numbers of that country are."""

    code = "vat_number_malformed"
    status = 422
    detail = "{number} is no VAT number of {country}."
    next_step = "Read it again from the customer's papers, with the letters of its country."


def checked(number: str, *, country: str) -> str:
    """
    Return a VAT number without blanks, dots and dashes, with the letters of its country before it.

    `country` is where the business sits; a number that begins with another country's letters is of that one.

    :raises VatNumberMalformed: if it is not written as numbers there are.
    """
    plain = re.sub(r"[\s.\-/]", "", number).upper()
    prefix = _PREFIXES.get(country, country)
    if not (plain[:2] in _FORMS and re.fullmatch(_FORMS[plain[:2]], plain[2:])):
        plain = prefix + plain
    form = _FORMS.get(plain[:2])
    if form is None or not re.fullmatch(form, plain[2:]):
        raise VatNumberMalformed(number=number[:40], country=country)
    return plain


def checked_of_seller(number: str, *, country: str) -> str:
    """
    Return a seller's number: a VAT number as `checked` does, or the tax office's own one as it was written, where the law takes it and `is_vat_number` denies it.

    :raises VatNumberMalformed: if it is neither.
    """
    if re.fullmatch(r"[\d\s/]+", number) and sum(map(str.isdecimal, number)) in _TAX_OFFICE_DIGITS.get(country, ()):
        return " ".join(number.split())
    return checked(number, country=country)


def is_vat_number(number: str) -> bool:
    """Say whether a seller's number begins with a country's letters, as VAT numbers do and those of tax offices do not."""
    return number[:2].isalpha()


def is_known_form(country: str) -> bool:
    """Say whether it is known here how a country writes its numbers."""
    return _PREFIXES.get(country, country) in _FORMS


def is_of_another_member_state(number: str, *, seller_country: str) -> bool:
    """Say whether a checked number is of another country of the EU's VAT area than the seller's, who is in it too."""
    seller = _PREFIXES.get(seller_country, seller_country)
    inside = _FORMS.keys() - _OUTSIDE
    return number[:2] in inside and seller in inside and number[:2] != seller
