"""
Every business fact and how it is booked, in one table a bookkeeper can read.

| fact | debit | credit |
|---|---|---|
| money in: captured by a gateway, cash taken | clearing / cash register | receivable up to what is handed over and unpaid, the rest prepayments |
| goods handed over, also in part | prepayments up to what is there, the rest receivable | sales per rate, VAT payable per rate |
| credit note: goods or price taken back | sales returns per rate, VAT payable per rate | receivable / prepayments |
| credit note: unspent gift card taken back | voucher liability | receivable / prepayments |
| tip in a payment | (part of money in) | tips |
| cash rounded up (down: reversed sides; given back: reversed again) | cash register | cash rounding |
| refund succeeded | receivable / prepayments (tip: tips) | clearing / cash register / voucher liability (as store credit) |
| capture taken back by the processor | receivable / prepayments | clearing |
| refund taken back by the processor | clearing | receivable / prepayments |
| settlement: fees of a report | fees by kind | clearing |
| settlement: reserve held (released: reversed sides) | reserve | clearing |
| dispute: money withdrawn (given back: reversed sides) | disputed | clearing |
| dispute lost (at stake again: reversed sides) | dispute losses | disputed |
| settlement: a row nobody can place | clearing | suspense (sides by sign) |
| payout announced (negative: reversed sides) | payouts in transit | clearing |
| payout and its rows, each rounded on its own, apart by cents (less: reversed sides) | write-off | clearing |
| bank line matched | bank account | payouts in transit |
| difference written off | write-off | the account it stood on |
| difference asked back from the processor (also a fee above the contract) | claims | the account it stood on |
| difference booked as a cost or income | fees / fx / commission / cash rounding / over/short | the account it stood on |
| any of these undone: its reversal | the account it stood on | where it had gone |
| cash put into a drawer from the safe (dropped back: reversed sides) | cash register | cash safe |
| paid into a drawer (paid out: reversed sides) | cash register | petty cash |
| counted more than expected (less: reversed sides) | cash register | over/short |
| deposit sent to the bank / found on the statement | cash in transit / bank account | cash safe / cash in transit |
| voucher expired | voucher liability | breakage income |
| voucher sold / redeemed | money in / voucher liability | voucher liability / receivable, prepayments |
| exchange: money moved from one order to the next (a refund and money in, on one account that is empty afterwards) | prepayments / exchanges | exchanges / receivable |
| goods back without a receipt | sales returns per rate, VAT payable per rate | cash register / voucher liability / exchanges |
| gift card taken offline; confirmed; written off | offline gift cards; voucher liability; write-off | receivable; offline gift cards; offline gift cards |

The customer's side is always one rule: with H handed over and C money kept, receivable is max(0, H − C) and prepayments max(0, C − H).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Kinds of account and the side on which they normally stand.
KINDS = {
    "receivable": "debit",
    "prepayments": "credit",
    "sales": "credit",
    "sales_returns": "debit",
    "vat_payable": "credit",
    "vat_on_prepayments": "debit",
    "clearing": "debit",
    "cash_register": "debit",
    "cash_safe": "debit",
    "cash_in_transit": "debit",
    "petty_cash": "debit",
    "fees": "debit",
    "input_vat": "debit",
    "payouts_in_transit": "debit",
    "bank": "debit",
    "disputed": "debit",
    "dispute_losses": "debit",
    "reserve": "debit",
    "voucher_liability": "credit",
    "breakage_income": "credit",
    "tips": "credit",
    "cash_rounding": "credit",
    "over_short": "debit",
    "fx": "credit",
    "write_off": "debit",
    "claims": "debit",
    "commission": "debit",
    "suspense": "credit",
    "exchanges": "debit",
    "offline_gift_cards": "debit",
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting to be: debit positive, credit negative, in minor units of `currency`."""

    kind: str
    subject: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a customer stands with one order: what was handed over, and the money kept for it (captured − refunded)."""

    handed_over_minor: int
    kept_minor: int

    @property
    def receivable_minor(self) -> int:
        """What the customer owes."""
        return max(0, self.handed_over_minor - self.kept_minor)

    @property
    def prepayments_minor(self) -> int:
        """What we owe the customer in goods or money."""
        return max(0, self.kept_minor - self.handed_over_minor)


def customer_legs(before: Position, after: Position, currency: str) -> list[Leg]:
    """Return what moves on receivable and prepayments when an order goes from `before` to `after`."""
    return [
        Leg("receivable", "", after.receivable_minor - before.receivable_minor, currency),
        Leg("prepayments", "", before.prepayments_minor - after.prepayments_minor, currency),
    ]


def money_in(*, to: tuple[str, str], minor: int, before: Position, currency: str, tip_minor: int = 0) -> list[Leg]:
    """Book `minor` received on the account `to` (kind, subject); `tip_minor` of it is a tip and pays for nothing."""
    after = Position(before.handed_over_minor, before.kept_minor + minor - tip_minor)
    return [Leg(*to, minor, currency), Leg("tips", "", -tip_minor, currency), *customer_legs(before, after, currency)]


def cash_rounded(*, register: str, minor: int, currency: str) -> list[Leg]:
    """Book what a drawer got beyond an amount because there are no smaller coins; negative is what it got less, or gave back beyond it."""
    return between(debit=("cash_register", register), credit=("cash_rounding", ""), minor=minor, currency=currency)


def refund_succeeded(
    *, from_: tuple[str, str], minor: int, before: Position, currency: str, tip_minor: int = 0
) -> list[Leg]:
    """Book `minor` given back from the account `from_` (kind, subject); `tip_minor` of it is the tip going back."""
    after = Position(before.handed_over_minor, before.kept_minor - minor + tip_minor)
    return [
        Leg(*from_, -minor, currency),
        Leg("tips", "", tip_minor, currency),
        *customer_legs(before, after, currency),
    ]


def capture_taken_back(
    *, from_: tuple[str, str], minor: int, before: Position, currency: str, tip_minor: int = 0
) -> list[Leg]:
    """Book a capture that the processor undid: the customer owes again, from where they stand now."""
    return refund_succeeded(from_=from_, minor=minor, before=before, currency=currency, tip_minor=tip_minor)


def refund_taken_back(
    *, to: tuple[str, str], minor: int, before: Position, currency: str, tip_minor: int = 0
) -> list[Leg]:
    """Book a refund that never reached the customer: the money is ours again, and owed to them."""
    return money_in(to=to, minor=minor, before=before, currency=currency, tip_minor=tip_minor)


def voucher_expired(*, minor: int, currency: str) -> list[Leg]:
    """Book what nobody redeemed in time."""
    return between(debit=("voucher_liability", ""), credit=("breakage_income", ""), minor=minor, currency=currency)


@dataclass(frozen=True, slots=True)
class TaxedAmount:
    """Goods of one tax rate: total with tax, and the tax in it."""

    rate_basis_points: int
    total_minor: int
    tax_minor: int


def goods_handed_over(
    *, goods: Iterable[TaxedAmount], before: Position, currency: str, vouchers_minor: int = 0
) -> list[Leg]:
    """Book revenue and VAT of goods handed over. Vouchers among them are no revenue: their face value becomes a liability."""
    rates = _by_rate(goods)
    total = sum(rate.total_minor for rate in rates) + vouchers_minor
    legs = customer_legs(before, Position(before.handed_over_minor + total, before.kept_minor), currency)
    legs.append(Leg("voucher_liability", "", -vouchers_minor, currency))
    for rate in rates:
        legs.append(Leg("sales", str(rate.rate_basis_points), rate.tax_minor - rate.total_minor, currency))
        legs.append(Leg("vat_payable", str(rate.rate_basis_points), -rate.tax_minor, currency))
    return legs


def credit_note(*, goods: Iterable[TaxedAmount], before: Position, currency: str, vouchers_minor: int = 0) -> list[Leg]:
    """Book goods, or part of their price, taken back. What is taken off vouchers among them is owed to nobody any more."""
    rates = _by_rate(goods)
    total = sum(rate.total_minor for rate in rates) + vouchers_minor
    legs = customer_legs(before, Position(before.handed_over_minor - total, before.kept_minor), currency)
    legs.append(Leg("voucher_liability", "", vouchers_minor, currency))
    for rate in rates:
        legs.append(Leg("sales_returns", str(rate.rate_basis_points), rate.total_minor - rate.tax_minor, currency))
        legs.append(Leg("vat_payable", str(rate.rate_basis_points), rate.tax_minor, currency))
    return legs


def loose_return(*, goods: Iterable[TaxedAmount], from_: tuple[str, str], currency: str) -> list[Leg]:
    """Book goods that came back without a receipt and what was given for them from the account `from_` (kind, subject)."""
    rates = _by_rate(goods)
    legs = [Leg(*from_, -sum(rate.total_minor for rate in rates), currency)]
    for rate in rates:
        legs.append(Leg("sales_returns", str(rate.rate_basis_points), rate.total_minor - rate.tax_minor, currency))
        legs.append(Leg("vat_payable", str(rate.rate_basis_points), rate.tax_minor, currency))
    return legs


def offline_card_confirmed(*, minor: int, currency: str) -> list[Leg]:
    """Book that a gift card taken offline really had the money."""
    return between(debit=("voucher_liability", ""), credit=("offline_gift_cards", ""), minor=minor, currency=currency)


def offline_card_written_off(*, minor: int, currency: str) -> list[Leg]:
    """Book that a gift card taken offline did not have the money and nobody will pay it."""
    return between(debit=("write_off", ""), credit=("offline_gift_cards", ""), minor=minor, currency=currency)


def between(*, debit: tuple[str, str], credit: tuple[str, str], minor: int, currency: str) -> list[Leg]:
    """Book `minor` from the account `credit` to the account `debit`; a negative amount turns the sides round."""
    return [Leg(*debit, minor, currency), Leg(*credit, -minor, currency)]


def settlement_fee(*, gateway_account: str, kind: str, minor: int, currency: str) -> list[Leg]:
    """Book what a processor kept: positive is a cost."""
    return between(
        debit=("fees", f"{gateway_account}:{kind}"),
        credit=("clearing", gateway_account),
        minor=minor,
        currency=currency,
    )


def dispute_withdrawn(*, gateway_account: str, minor: int, currency: str) -> list[Leg]:
    """Book what a processor took for a dispute; a negative amount is what it gave back."""
    return between(
        debit=("disputed", gateway_account), credit=("clearing", gateway_account), minor=minor, currency=currency
    )


def dispute_lost(*, gateway_account: str, minor: int, currency: str) -> list[Leg]:
    """Book disputed money that is gone; a negative amount is what is at stake again."""
    return between(
        debit=("dispute_losses", gateway_account), credit=("disputed", gateway_account), minor=minor, currency=currency
    )


def payout_announced(*, gateway_account: str, minor: int, currency: str) -> list[Leg]:
    """Book a payout on its way: positive is money to the bank."""
    return between(
        debit=("payouts_in_transit", gateway_account),
        credit=("clearing", gateway_account),
        minor=minor,
        currency=currency,
    )


def payout_rounded(*, gateway_account: str, minor: int, currency: str) -> list[Leg]:
    """Book what the rows of a payout make beyond it: positive is a cost."""
    return between(
        debit=("write_off", ""),
        credit=("clearing", gateway_account),
        minor=minor,
        currency=currency,
    )


def bank_payout_matched(*, bank_account: str, gateway_account: str, minor: int, currency: str) -> list[Leg]:
    """Book what the bank really received of a payout."""
    return between(
        debit=("bank", bank_account), credit=("payouts_in_transit", gateway_account), minor=minor, currency=currency
    )


# Kind of a movement of a drawer -> the account on its other side, one for each store.
CASH_COUNTERPARTS = {
    "float": "cash_safe",
    "safe_drop": "cash_safe",
    "paid_in": "petty_cash",
    "paid_out": "petty_cash",
    "over_short": "over_short",
}


def cash_moved(*, kind: str, register: str, store: str, minor: int, currency: str) -> list[Leg]:
    """Book `minor` into the drawer of a register, negative out of it, against the account that `kind` names."""
    return between(
        debit=("cash_register", register), credit=(CASH_COUNTERPARTS[kind], store), minor=minor, currency=currency
    )


def deposit_sent(*, store: str, minor: int, currency: str) -> list[Leg]:
    """Book cash that left a store's safe for the bank."""
    return between(debit=("cash_in_transit", ""), credit=("cash_safe", store), minor=minor, currency=currency)


def deposit_arrived(*, bank_account: str, minor: int, currency: str) -> list[Leg]:
    """Book what the bank credited of a deposit."""
    return between(debit=("bank", bank_account), credit=("cash_in_transit", ""), minor=minor, currency=currency)


def _by_rate(goods: Iterable[TaxedAmount]) -> list[TaxedAmount]:
    totals: dict[int, tuple[int, int]] = {}
    for item in goods:
        total, tax = totals.get(item.rate_basis_points, (0, 0))
        totals[item.rate_basis_points] = (total + item.total_minor, tax + item.tax_minor)
    return [TaxedAmount(rate, total, tax) for rate, (total, tax) in sorted(totals.items())]
