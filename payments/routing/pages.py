"""Gateways and routing as staff see them: accounts with health, rules in order, the dry run, one rule's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.forms import FormField
from merchant.core.pages.frame import Place
from merchant.core.pages.parts import Choice
from payments.records import words
from payments.routing.rules import WEEKDAYS, Account, Decided, Rule

ROUTED_METHODS = ("card", "wallet", "card_present", "bank_transfer")
HEALTH_LOOKS = {"closed": "healthy", "half_open": "slow", "probing": "slow", "open": "down"}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """`health` is a value of the gateway family."""

    name: str
    gateway: str
    currency: str
    health: str
    is_active: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in words. `number` counts from 1 and is its place."""

    number: int
    name: str
    when: str
    where: str
    is_active: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class RoutingPage:
    """The page of gateways. `decided` is the dry run's answer, None before it is asked."""

    accounts: tuple[AccountRow, ...]
    rules: tuple[RuleRow, ...]
    version: int
    made_text: str
    can_manage: bool
    methods: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    stores: tuple[Choice, ...]
    asked: dict[str, str]
    key: str
    decided: Decided | None = None
    can_change_accounts: bool = False
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShareField:
    """An account with the percentage it takes and whether it is a fallback."""

    account: str
    name: str
    percent: str
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class RulePage:
    """The form of one rule: what it is called, who takes how much of it, and the `conditions` it holds under. `version` is the plan it was drawn from."""

    action_url: str
    title: str
    version: int
    idempotency_key: str
    names: tuple[FormField, ...]
    shares: tuple[ShareField, ...]
    conditions: tuple[FormField, ...]
    errors: tuple[str, ...] = ()
    shares_error: str = ""

    @property
    def fields(self) -> tuple[FormField, ...]:
        """What the summary of what is wrong leads to, in the order of the page."""
        shares = FormField("shares", _("Where to, in percent; together 100"), error=self.shares_error)
        return (*self.names, shares, *self.conditions)


def account_row(account: Account) -> AccountRow:
    """Return an account as the page shows it."""
    return AccountRow(
        account.name,
        account.gateway.capitalize(),
        account.currency,
        HEALTH_LOOKS[account.health],
        account.is_active,
        f"/gateways/accounts/{account.id}/",
    )


def rule_rows(rules: Sequence[Rule], *, names: dict[str, str], currency: str, locale: str) -> tuple[RuleRow, ...]:
    """Return rules in words; `names` are those of accounts, channels and stores by id."""
    return tuple(
        RuleRow(
            number,
            rule.name,
            _when(rule, names, currency, locale),
            _where(rule, names),
            rule.is_active,
            number == 1,
            number == len(rules),
        )
        for number, rule in enumerate(rules, start=1)
    )


def method_choices(chosen: Sequence[str]) -> tuple[Choice, ...]:
    """Return the methods that rules are for, with those `chosen` ticked."""
    return tuple(Choice(str(words.METHODS[method]), method, method in chosen) for method in ROUTED_METHODS)


def place_choices(places: Sequence[Place], chosen: Sequence[str]) -> tuple[Choice, ...]:
    """Return stores or channels, with those `chosen` ticked."""
    return tuple(Choice(place.name, str(place.id), str(place.id) in chosen) for place in places)


def weekday_words() -> dict[str, str]:
    """Return the days of the week by their short name."""
    return dict(zip(WEEKDAYS, (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")), strict=True))


def _when(rule: Rule, names: dict[str, str], currency: str, locale: str) -> str:
    days = weekday_words()
    parts = [
        ", ".join(str(words.METHODS[method]) for method in rule.methods),
        ", ".join(names.get(key, key) for key in (*rule.channels, *rule.stores)),
        ", ".join(brand.capitalize() for brand in rule.brands),
        ", ".join(rule.countries),
        rule.currency,
        _amounts(rule, rule.currency or currency, locale),
        ", ".join(days[day] for day in rule.weekdays),
        f"{rule.time_from or '00:00'}-{rule.time_to or '24:00'}" if rule.time_from or rule.time_to else "",
    ]
    return " · ".join(part for part in parts if part) or _("every payment")


def _amounts(rule: Rule, currency: str, locale: str) -> str:
    least, most = (
        money_text(Money(minor, currency), locale=locale) if minor is not None else ""
        for minor in (rule.amount_from, rule.amount_to)
    )
    if least and most:
        return f"{least} - {most}"
    if least:
        return _("from {amount}").format(amount=least)
    return _("up to {amount}").format(amount=most) if most else ""


def _where(rule: Rule, names: dict[str, str]) -> str:
    if len(rule.shares) == 1:
        first = names.get(rule.shares[0].account, "?")
    else:
        first = ", ".join(f"{names.get(share.account, '?')} {share.percent} %" for share in rule.shares)
    fallback = ", ".join(names.get(key, "?") for key in rule.fallback)
    return _("{first}, then {fallback}").format(first=first, fallback=fallback) if fallback else first
