"""What the form of a rule sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, CurrencyUnknown, Money, exponent
from merchant.core.pages.forms import missing_words
from payments.routing.rules import Rule, Share


class RuleFormRefused(AppError):
    """Fields of the form cannot be understood. `fields` says of each by its name why."""

    code = "rule_form_refused"
    status = 422
    detail = "{reason}"
    money = "Nothing was saved."


# The percentages have one field each, but are right or wrong together.
SHARES = "shares"


def read_rule(fields: QueryDict, *, currency: str) -> Rule:
    """
    Return the rule a person wrote; amounts are major units of the rule's currency, else of `currency`.

    :raises RuleFormRefused: for what cannot be understood, all of it at once.
    """
    form = _Reader(fields)
    own = form.read("currency", _currency) or ""
    rule = Rule(
        name=form.read("name", _name) or "",
        shares=form.read_shares(),
        fallback=tuple(fields.getlist("fallback")),
        is_active=fields.get("is_active") == "on",
        methods=tuple(fields.getlist("methods")),
        channels=tuple(fields.getlist("channels")),
        stores=tuple(fields.getlist("stores")),
        brands=_words(fields.get("brands", "").lower()),
        countries=_words(fields.get("countries", "").upper()),
        currency=own,
        amount_from=form.read("amount_from", lambda text: _amount(text, own or currency)),
        amount_to=form.read("amount_to", lambda text: _amount(text, own or currency)),
        weekdays=tuple(fields.getlist("weekdays")),
        time_from=form.read("time_from", _clock) or "",
        time_to=form.read("time_to", _clock) or "",
    )
    if rule.amount_from is not None and rule.amount_to is not None and rule.amount_to < rule.amount_from:
        form.wrong["amount_to"] = _("This is less than the amount it begins with.")
    if form.wrong:
        raise RuleFormRefused(reason=next(iter(form.wrong.values())), fields=form.wrong)
    return rule


Value = TypeVar("Value")


class _Reader:
    """Reads one field after the other and notes in `wrong` what it cannot understand, so that a person is told of everything at once."""

    def __init__(self, fields: QueryDict) -> None:
        self.fields = fields
        self.wrong: dict[str, str] = {}

    def read(self, name: str, understand: Callable[[str], Value]) -> Value | None:
        """Return what a field says, None if that cannot be understood."""
        try:
            return understand(self.fields.get(name, "").strip())
        except ValueError as error:
            self.wrong[name] = str(error)
            return None

    def read_shares(self) -> tuple[Share, ...]:
        """Return who takes how much."""
        try:
            return _shares(self.fields)
        except ValueError as error:
            self.wrong[SHARES] = str(error)
            return ()


def _name(text: str) -> str:
    if not text:
        raise ValueError(missing_words())
    return text


def _currency(text: str) -> str:
    try:
        if text:
            exponent(text.upper())
    except CurrencyUnknown:
        raise ValueError(_("Write the currency with its three letters, such as EUR.")) from None
    return text.upper()


def _shares(fields: QueryDict) -> tuple[Share, ...]:
    typed = {name: str(text).strip() for name, text in fields.items() if name.startswith("share_")}
    try:
        found = [Share(name.removeprefix("share_"), int(text)) for name, text in typed.items() if text not in ("", "0")]
    except ValueError:
        raise ValueError(_("Write percentages as whole numbers.")) from None
    percent = sum(share.percent for share in found)
    if percent != 100:
        raise ValueError(_("Together they come to {percent}; they must come to 100.").format(percent=percent))
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[,;\s]+", text) if word)


def _amount(text: str, currency: str) -> int | None:
    if not text:
        return None
    try:
        amount = Money.parse(text.replace(",", "."), currency)
    except (AmountMalformed, AmountPrecision):
        amount = None
    if amount is None or amount.minor < 0:
        raise ValueError(_("Write amounts like 12.50."))
    return amount.minor


def _clock(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}" if text else ""
    except ValueError:
        raise ValueError(_("Write times like 09:30.")) from None
