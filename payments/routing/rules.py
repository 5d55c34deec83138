"""
The decision itself: facts of a payment, the merchant's rules, accounts and their health go in; one account and every reason come out.

Nothing is read or written here and no clock is asked, so the same inputs give the same answer for ever: what was stored can be replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, time
from typing import Any

# A rule is read by a person; more than these are a program.
RULES_MAX = 50
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RESTING = ("open", "probing")
_DEFAULT_METHODS = ("card", "card_present", "wallet")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a payment before it is asked for. `at` is local time where it is sold; `brand` and `country` are empty until the card is known."""

    method: str
    currency: str
    amount_minor: int
    at: str
    channel: str = ""
    store: str = ""
    brand: str = ""
    country: str = ""
    split_key: str = ""

    @property
    def moment(self) -> datetime:
        """Local wall time."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Share:
    """An account and the percentage of a rule's payments it takes."""

    account: str
    percent: int


@dataclass(frozen=True, slots=True)
class Rule:
    """
    When and where to. An empty condition does not narrow; amounts are inclusive minor units, times local, `time_to` exclusive and past midnight if smaller.

    `shares` come to 100; `fallback` follows in order when the chosen account cannot take it.
    """

    name: str
    shares: tuple[Share, ...]
    fallback: tuple[str, ...] = ()
    is_active: bool = True
    methods: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    currency: str = ""
    amount_from: int | None = None
    amount_to: int | None = None
    weekdays: tuple[str, ...] = ()
    time_from: str = ""
    time_to: str = ""

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account the rule names, shares first."""
        return tuple(dict.fromkeys([*(share.account for share in self.shares), *self.fallback]))


@dataclass(frozen=True, slots=True)
class Account:
    """What routing knows of a gateway account. `methods` empty: cards and wallets."""

    id: str
    name: str
    gateway: str
    currency: str
    is_active: bool = True
    methods: tuple[str, ...] = ()
    health: str = "closed"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a decision rests on. `tried` are accounts that certainly did not process it; `only_gateway` narrows where a card is tied to one processor."""

    facts: Facts
    rules: tuple[Rule, ...]
    version: int
    accounts: tuple[Account, ...]
    tried: tuple[str, ...] = ()
    only_gateway: str = ""

    @property
    def stored(self) -> dict[str, Any]:
        """The inputs as they are kept beside the decision."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Decided:
    """The account ("" for none), in which order the others would follow, and why: each rule and each account passed over in one sentence."""

    account: str
    chain: tuple[str, ...]
    rule: str
    reason: str
    rules: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = field(default=())

    @property
    def stored(self) -> dict[str, Any]:
        """The decision as it is kept."""
        return asdict(self)


def decide(inputs: Inputs) -> Decided:
    """Return which account takes the payment. The first active rule that matches decides; without one, every account that fits, the oldest first."""
    told, chosen = [], None
    for rule in inputs.rules:
        against = _against(rule, inputs.facts)
        told.append((rule.name, against or "matches"))
        if chosen is None and not against:
            chosen = rule
    chain = _chain(chosen, inputs) if chosen else tuple(account.id for account in inputs.accounts)
    return _first_that_can(inputs, chain, chosen, tuple(told))


def _first_that_can(
    inputs: Inputs, chain: tuple[str, ...], rule: Rule | None, told: tuple[tuple[str, str], ...]
) -> Decided:
    known = {account.id: account for account in inputs.accounts}
    skipped, resting, able = [], [], []
    for key in chain:
        account = known.get(key)
        why = "is not there any more" if account is None else _unfit(account, inputs)
        if why:
            skipped.append((account.name if account else key, why))
        elif account is not None and account.health in _RESTING:
            resting.append(account)
            skipped.append((account.name, _RESTS[account.health]))
        elif account is not None:
            able.append(account)
    follow = [*able, *resting]
    name = rule.name if rule else ""
    if not follow:
        return Decided("", (), name, "No account can take this payment.", told, tuple(skipped))
    first = follow[0]
    because = f"Rule “{rule.name}”" if rule else "No rule matched: the first account that fits"
    reason = f"{because}: {first.name}."
    if not able:
        reason = f"{because}: {first.name}, although it does not answer; no other account can take this payment."
    elif skipped:
        reason = f"{reason[:-1]}, because {'; '.join(f'{who} {why}' for who, why in skipped)}."
    return Decided(first.id, tuple(account.id for account in follow), name, reason, told, tuple(skipped))


_RESTS = {"open": "does not answer", "probing": "is being tried by another payment"}


def _unfit(account: Account, inputs: Inputs) -> str:
    facts = inputs.facts
    if account.id in inputs.tried:
        return "certainly did not process it"
    if not account.is_active:
        return "is switched off"
    if account.currency != facts.currency:
        return f"settles in {account.currency}"
    if facts.method not in (account.methods or _DEFAULT_METHODS):
        return f"does not take {facts.method}"
    if inputs.only_gateway and account.gateway != inputs.only_gateway:
        return "does not know this card"
    return ""


def _chain(rule: Rule, inputs: Inputs) -> tuple[str, ...]:
    """Return the rule's accounts: the one the split draws first, then the other shares, then the fallback."""
    drawn = draw(rule, inputs.facts.split_key, inputs.version)
    return tuple(dict.fromkeys([drawn, *rule.accounts]))


def draw(rule: Rule, split_key: str, version: int) -> str:
    """Return the account a split gives to a payment: the same one for the same order and plan, `percent` of all of them over many."""
    digest = hashlib.sha256(f"{version}|{rule.name}|{split_key}".encode()).digest()
    place = int.from_bytes(digest[:8]) % 100
    for share in rule.shares:
        if place < share.percent:
            return share.account
        place -= share.percent
    return rule.shares[-1].account


def _against(rule: Rule, facts: Facts) -> str:
    """Return the first condition that keeps a rule from matching, "" if none does."""
    if not rule.is_active:
        return "is switched off"
    lists: Sequence[tuple[str, tuple[str, ...], str]] = (
        ("method", rule.methods, facts.method),
        ("channel", rule.channels, facts.channel),
        ("store", rule.stores, facts.store),
        ("card brand", rule.brands, facts.brand),
        ("card country", rule.countries, facts.country),
        ("currency", (rule.currency,) if rule.currency else (), facts.currency),
        ("weekday", rule.weekdays, WEEKDAYS[facts.moment.weekday()]),
    )
    for word, wanted, found in lists:
        if wanted and found not in wanted:
            return f"another {word}" if found else f"the {word} is not known yet"
    if rule.amount_from is not None and facts.amount_minor < rule.amount_from:
        return "the amount is smaller"
    if rule.amount_to is not None and facts.amount_minor > rule.amount_to:
        return "the amount is larger"
    return "" if _in_hours(rule, facts.moment.time()) else "another time of day"


def _in_hours(rule: Rule, now: time) -> bool:
    first = time.fromisoformat(rule.time_from) if rule.time_from else time.min
    if not rule.time_to:
        return now >= first
    last = time.fromisoformat(rule.time_to)
    return first <= now < last if first < last else now >= first or now < last


def inputs_of(stored: Mapping[str, Any]) -> Inputs:
    """Return inputs as they were kept."""
    return Inputs(
        facts=Facts(**stored["facts"]),
        rules=tuple(rule_of(rule) for rule in stored["rules"]),
        version=stored["version"],
        accounts=tuple(Account(**{**account, "methods": tuple(account["methods"])}) for account in stored["accounts"]),
        tried=tuple(stored["tried"]),
        only_gateway=stored["only_gateway"],
    )


def rule_of(stored: Mapping[str, Any]) -> Rule:
    """Return a rule as it is kept."""
    lists = {name: tuple(value) for name, value in stored.items() if isinstance(value, list) and name != "shares"}
    return Rule(**{**stored, **lists, "shares": tuple(Share(**share) for share in stored["shares"])})
