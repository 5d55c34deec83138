"""
What can be paid in coins: the smallest amount in which cash changes hands, by country.

Only money over the counter is rounded, on the total, half up; never a line, never a card. The difference is a posting of its own and a line on the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import exponent

# In whole units of any currency. No note in circulation is worth more (Vietnam's largest is 500,000), so no change is either; the till refuses the same at its field.
CHANGE_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class CashRule:
    """The smallest cash amount of a country in minor units of its currency, and where that is written. `least_minor` is paid for anything at all."""

    currency: str
    step_minor: int
    source: str
    least_minor: int = 0


CASH_RULES: dict[str, CashRule] = {
    "AU": CashRule("AUD", 5, "Royal Australian Mint: 1 and 2 cent coins withdrawn from 1992"),
    "BE": CashRule("EUR", 5, "Code de droit économique, art. VI.7/1 and VI.7/2, since 1 December 2019"),
    "CA": CashRule("CAD", 5, "Department of Finance, elimination of the penny, since 4 February 2013"),
    "CH": CashRule("CHF", 5, "Federal Council: 1 Rappen coin without value since 1 January 2007"),
    "CZ": CashRule("CZK", 100, "Act 634/1992 on consumer protection, § 3; 50 haléř coin withdrawn on 1 September 2008"),
    "DK": CashRule("DKK", 50, "Lov om mønter: the 25 øre coin withdrawn on 1 October 2008"),
    "EE": CashRule("EUR", 5, "Eesti Pank, the rounding rule, since 1 January 2025"),
    "FI": CashRule("EUR", 5, "Laki euromääräisten käteismaksujen pyöristämisestä 890/2000, since 1 January 2002"),
    "HU": CashRule("HUF", 500, "Act III of 2008: the 1 and 2 forint coins withdrawn on 1 March 2008"),
    "IE": CashRule("EUR", 5, "Central Bank of Ireland, national rounding, since 28 October 2015 (voluntary)"),
    "IT": CashRule("EUR", 5, "Decreto-legge 50/2017, art. 13-quater, since 1 January 2018"),
    "LI": CashRule("CHF", 5, "As Switzerland, whose currency it uses"),
    "LT": CashRule("EUR", 5, "Lietuvos bankas, rounding of cash payments, since 1 May 2025"),
    "NL": CashRule("EUR", 5, "De Nederlandsche Bank, afronden op vijf cent, since 1 September 2004 (voluntary)"),
    "NO": CashRule("NOK", 100, "Norges Bank: the 50 øre coin withdrawn on 1 May 2012"),
    "NZ": CashRule("NZD", 10, "Reserve Bank of New Zealand: the 5 cent coin withdrawn on 1 November 2006"),
    "SE": CashRule("SEK", 100, "Lag (1970:1028) om avrundning av vissa öresbelopp; the 50 öre coin withdrawn on 30 September 2010"),
    "SK": CashRule("EUR", 5, "Zákon o cenách 18/1996, § 3a, since 1 July 2022; a price of 1 or 2 cents is 5 cents", 5),
}  # fmt: skip


def cash_step(country: str, currency: str) -> int:
    """Return the smallest amount in which cash of `currency` changes hands in `country`, in minor units; 1 where nothing is rounded."""
    rule = CASH_RULES.get(country)
    return rule.step_minor if rule and rule.currency == currency else 1


def cash_least(country: str, currency: str) -> int:
    """Return the least that anything costs in cash of `currency` in `country`, in minor units; 0 where no law says."""
    return CASH_RULES[country].least_minor if cash_step(country, currency) > 1 else 0


def in_cash(minor: int, *, country: str, currency: str) -> int:
    """Return a positive amount as it is paid in coins in a country: the nearest multiple of its step, half up."""
    step = cash_step(country, currency)
    return max(cash_least(country, currency), (2 * minor + step) // (2 * step) * step)


def can_be_change(minor: int, currency: str) -> bool:
    """Whether a drawer can have given `minor` back on one payment: beyond it a barcode was scanned where an amount was asked."""
    return 0 <= minor <= CHANGE_MAX * int(10 ** exponent(currency))
