"""Fee contracts as staff see them: the list, one version in words, the form."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.pages.display import day_text, field_amount, field_decimal, money_text, percent_text
from merchant.core.pages.forms import FormPage
from merchant.core.pages.parts import Action, Choice, Fact, ListFrame
from payments.fees import queries
from payments.fees.models import CARD_KINDS, REGIONS, FeeContract
from payments.fees.pricing import Price, Terms
from payments.records import words

PATH = "/fees/contracts/"
PRICINGS = {"blended": gettext_lazy("Blended"), "interchange_plus": gettext_lazy("Interchange plus")}
REGION_WORDS = {
    "domestic": gettext_lazy("Domestic"),
    "eea": gettext_lazy("Rest of the EEA"),
    "other": gettext_lazy("Elsewhere"),
}
CARD_KIND_WORDS = {
    "debit": gettext_lazy("Debit"),
    "credit": gettext_lazy("Credit"),
    "prepaid": gettext_lazy("Prepaid"),
    "commercial": gettext_lazy("Commercial"),
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One version. `state` says in words whether it holds."""

    url: str
    account: str
    currency: str
    pricing: str
    cost: str
    prices: int
    valid_from: date
    state: str


@dataclass(frozen=True, slots=True)
class ContractListPage:
    """The list of versions."""

    list: ListFrame
    rows: tuple[ContractRow, ...]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price in words: for which sales, and what they cost."""

    what: str
    cost: str


@dataclass(frozen=True, slots=True)
class ContractPage:
    """One version."""

    row: ContractRow
    prices: tuple[PriceRow, ...]
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...]
    back_url: str = PATH


@dataclass(frozen=True, slots=True)
class PriceField:
    """One line of the form's table: what was typed or is agreed."""

    number: int
    methods: tuple[Choice, ...]
    regions: tuple[Choice, ...]
    card_kinds: tuple[Choice, ...]
    brand: str
    percent: str
    fixed: str
    minimum: str
    maximum: str


@dataclass(frozen=True, slots=True)
class ContractForm:
    """The form of a version: `form` the plain fields, `prices` the table."""

    form: FormPage
    prices: tuple[PriceField, ...]
    title: str = field(default="")


def contract_row(contract: FeeContract, *, today: date, locale: str) -> ContractRow:
    """Return a version as lists show it. Its account and prices are loaded by the caller."""
    terms, currency = queries.terms_of(contract), queries.settled_in(contract)
    until = contract.valid_until
    state = _("not in force yet") if contract.valid_from > today else _("in force")
    if until and until <= today:
        state = _("held until the day before {day}").format(day=day_text(until, shape="full", locale=locale))
    return ContractRow(
        url=f"{PATH}{contract.id}/",
        account=contract.gateway_account.name,
        currency=currency,
        pricing=str(PRICINGS[contract.pricing]),
        cost=cost_words(terms.base, currency, locale=locale),
        prices=len(terms.prices),
        valid_from=contract.valid_from,
        state=state,
    )


def price_rows(terms: Terms, currency: str, *, locale: str) -> tuple[PriceRow, ...]:
    """Return the prices in their order, the price of everything else last."""
    rows = [PriceRow(_sales_words(price), cost_words(price, currency, locale=locale)) for price in terms.prices]
    other = _("every other sale") if rows else _("every sale")
    return (*rows, PriceRow(other, cost_words(terms.base, currency, locale=locale)))


def contract_facts(contract: FeeContract, terms: Terms) -> tuple[Fact, ...]:
    """Return what else a version says. Of what it says nothing there is no fact."""
    currency = queries.settled_in(contract)
    facts = [
        Fact(_("Gateway account"), contract.gateway_account.name),
        Fact(_("Settlement currency"), currency),
        Fact(_("Pricing"), str(PRICINGS[contract.pricing])),
        Fact(_("From the day"), contract.valid_from),
    ]
    if contract.valid_until:
        facts.append(Fact(_("Until the day before"), contract.valid_until))
    amounts = (
        (_("Refund"), terms.refund_fixed_minor),
        (_("Chargeback"), terms.chargeback_fixed_minor),
        (_("Payout"), terms.payout_fixed_minor),
        (_("Month"), terms.monthly_minor),
    )
    facts += [Fact(label, Money(minor, currency)) for label, minor in amounts if minor is not None]
    if contract.made_by:
        facts.append(Fact(_("Entered by"), contract.made_by))
    if contract.note:
        facts.append(Fact(_("Note"), contract.note))
    return tuple(facts)


def cost_words(price: Price, currency: str, *, locale: str) -> str:
    """Return a price such as "1.40% + €0.25, at least €0.30", as `locale` writes it."""

    def money(minor: int) -> str:
        return money_text(Money(minor, currency), locale=locale)

    words_ = percent_text(price.basis_points / 100, locale=locale, decimals="00")
    if price.fixed_minor:
        words_ += f" + {money(price.fixed_minor)}"
    if price.minimum_minor is not None:
        words_ += ", " + _("at least {amount}").format(amount=money(price.minimum_minor))
    if price.maximum_minor is not None:
        words_ += ", " + _("at most {amount}").format(amount=money(price.maximum_minor))
    return words_


def price_field(number: int, price: Price | None, currency: str, typed: dict[str, str] | None = None) -> PriceField:
    """Return a line of the table: as typed, as agreed, or blank."""
    shown = typed or (_written(price, currency) if price else {})
    return PriceField(
        number=number,
        methods=_choices({name: words.METHODS[name] for name in ("card", "card_present", "wallet", "bank_transfer")}, shown.get("method", "")),
        regions=_choices({name: REGION_WORDS[name] for name in REGIONS}, shown.get("region", "")),
        card_kinds=_choices({name: CARD_KIND_WORDS[name] for name in CARD_KINDS}, shown.get("card_kind", "")),
        **{name: shown.get(name, "") for name in ("brand", "percent", "fixed", "minimum", "maximum")},
    )  # fmt: skip


def written_percent(basis_points: int) -> str:
    """Return a percentage as it stands in a field."""
    return field_decimal(Decimal(basis_points) / 100, digits=2)


def _written(price: Price, currency: str) -> dict[str, str]:
    return {
        "method": price.method,
        "brand": price.brand,
        "region": price.region,
        "card_kind": price.card_kind,
        "percent": written_percent(price.basis_points),
        "fixed": field_amount(price.fixed_minor, currency),
        "minimum": field_amount(price.minimum_minor, currency),
        "maximum": field_amount(price.maximum_minor, currency),
    }


def _sales_words(price: Price) -> str:
    parts = (
        str(words.METHODS.get(price.method, price.method)),
        words.BRANDS.get(price.brand, price.brand.capitalize()),
        str(REGION_WORDS.get(price.region, "")),
        str(CARD_KIND_WORDS.get(price.card_kind, "")),
    )
    return " · ".join(part for part in parts if part)


def _choices(offered: dict[str, object], chosen: str) -> tuple[Choice, ...]:
    return (
        Choice(_("any"), "", not chosen),
        *(Choice(str(label), value, value == chosen) for value, label in offered.items()),
    )
