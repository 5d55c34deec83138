"""What the form of a rule sends."""

from __future__ import annotations

import re
from datetime import time

from django.http import QueryDict
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from payments.routing.rules import Rule, Share


class RuleFormRefused(AppError):
    """The form cannot be understood."""

    code = "rule_form_refused"
    status = 422
    detail = "{reason}"
    money = "Nothing was saved."


def read_rule(fields: QueryDict, *, currency: str) -> Rule:
    """
    Return the rule a person wrote; amounts are major units of the rule's currency, else of `currency`.

    :raises RuleFormRefused: for an amount, share or time that cannot be understood.
    """
    own = fields.get("currency", "").strip().upper()
    return Rule(
        name=fields.get("name", "").strip(),
        shares=tuple(_shares(fields)),
        fallback=tuple(fields.getlist("fallback")),
        is_active=fields.get("is_active") == "on",
        methods=tuple(fields.getlist("methods")),
        channels=tuple(fields.getlist("channels")),
        stores=tuple(fields.getlist("stores")),
        brands=_words(fields.get("brands", "").lower()),
        countries=_words(fields.get("countries", "").upper()),
        currency=own,
        amount_from=_amount(fields.get("amount_from", ""), own or currency),
        amount_to=_amount(fields.get("amount_to", ""), own or currency),
        weekdays=tuple(fields.getlist("weekdays")),
        time_from=_clock(fields.get("time_from", "")),
        time_to=_clock(fields.get("time_to", "")),
    )


def _shares(fields: QueryDict) -> list[Share]:
    found = []
    for name, text in fields.items():
        if name.startswith("share_") and str(text).strip() not in ("", "0"):
            try:
                found.append(Share(name.removeprefix("share_"), int(str(text))))
            except ValueError:
                raise RuleFormRefused(reason=_("Write percentages as whole numbers.")) from None
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[,;\s]+", text) if word)


def _amount(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        return Money.parse(text.strip().replace(",", "."), currency).minor
    except (AmountMalformed, AmountPrecision):
        raise RuleFormRefused(reason=_("Write amounts like 12.50.")) from None


def _clock(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}" if text else ""
    except ValueError:
        raise RuleFormRefused(reason=_("Write times like 09:30.")) from None
