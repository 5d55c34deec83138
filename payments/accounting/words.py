"""Accounts of the ledger in words a bookkeeper understands."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_KINDS: Mapping[str, str | Promise] = {
    "receivable": gettext_lazy("Receivable from customers"),
    "prepayments": gettext_lazy("Prepayments of customers"),
    "sales": gettext_lazy("Sales"),
    "sales_returns": gettext_lazy("Sales returned"),
    "vat_payable": gettext_lazy("Tax payable"),
    "vat_on_prepayments": gettext_lazy("Tax on prepayments"),
    "clearing": gettext_lazy("Money at the processor"),
    "cash_register": gettext_lazy("Cash in the register"),
    "cash_safe": gettext_lazy("Cash in the safe"),
    "cash_in_transit": gettext_lazy("Cash on its way to the bank"),
    "petty_cash": gettext_lazy("Petty cash"),
    "fees": gettext_lazy("Payment fees"),
    "input_vat": gettext_lazy("Tax paid on fees"),
    "payouts_in_transit": gettext_lazy("Payouts in transit"),
    "bank": gettext_lazy("Bank account"),
    "disputed": gettext_lazy("Disputed payments"),
    "claims": gettext_lazy("Claims against the processor"),
    "dispute_losses": gettext_lazy("Lost disputes"),
    "reserve": gettext_lazy("Reserve at the processor"),
    "voucher_liability": gettext_lazy("Gift cards and store credit"),
    "breakage_income": gettext_lazy("Expired gift cards"),
    "tips": gettext_lazy("Tips"),
    "cash_rounding": gettext_lazy("Cash rounding"),
    "over_short": gettext_lazy("Cash over and short"),
    "fx": gettext_lazy("Currency differences"),
    "write_off": gettext_lazy("Written off"),
    "commission": gettext_lazy("Commissions"),
    "suspense": gettext_lazy("Suspense"),
    "exchanges": gettext_lazy("Exchanges"),
    "offline_gift_cards": gettext_lazy("Gift cards to be confirmed"),
    "retained_earnings": gettext_lazy("Retained earnings of earlier years"),
    "tax_rounding": gettext_lazy("Rounding of tax"),
}
_TAXED = frozenset({"sales", "sales_returns", "vat_payable"})


def account_in_words(kind: str, subject: str, names: Mapping[str, str] | None = None) -> str:
    """Return an account as a person calls it. `names` gives names to the ids in subjects."""
    words = str(_KINDS.get(kind, kind))
    if not subject:
        return words
    if kind in _TAXED and subject.isdigit():
        return _("{account} at {rate} %").format(account=words, rate=f"{int(subject) / 100:g}")
    identity, _colon, detail = subject.partition(":")
    named = (names or {}).get(identity, identity)
    return f"{words}: {' · '.join(part for part in (named, detail.replace('_', ' ')) if part)}"
