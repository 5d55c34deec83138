"""Rules that have levels, as plain data for a page: each value in words, where it comes from, and the fields that set it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import MINOR_MAX, AmountMalformed, AmountPrecision, Money, is_written_out
from merchant.core.pages.display import count_text, field_amount, money_text
from merchant.core.pages.forms import sentence_of
from merchant.core.pages.parts import Choice, Link

# "100.00", with room for zeros in front.
_PERCENT_LENGTH_MAX = 12


class RuleInvalid(AppError):
    """A value is not one this rule can have."""

    code = "rule_invalid"
    status = 400
    detail = "{name}: {reason}."
    next_step = "Nothing was changed. Correct the value and save again."


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with one value. `kind` is `amount` (minor units), `number` (whole, from `least` to `most`) or `switch`."""

    name: str
    label: Promise
    kind: str
    least: int = 0
    most: int = MINOR_MAX
    unit: Promise | str = ""
    hint: Promise | str = ""


@dataclass(frozen=True, slots=True)
class RuleField:
    """One input: `kind` is `amount`, `number`, `percent` or `choice`. `placeholder` says what an empty one means."""

    name: str
    label: str
    kind: str
    text: str = ""
    unit: str = ""
    placeholder: str = ""
    choices: tuple[Choice, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: what holds, in one or more lines, where that comes from, and the fields that set it here."""

    name: str
    label: str
    shown: tuple[str, ...]
    source: str
    fields: tuple[RuleField, ...]
    is_own: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules of one level. `places` leads to the other levels; `changed_by` and `changed_at` tell of the last change made here."""

    title: str
    note: str
    action_url: str
    idempotency_key: str
    rows: tuple[RuleRow, ...]
    places: tuple[Link, ...]
    back: Link
    can_change: bool
    empty_hint: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    errors: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[RuleField, ...]:
        """All fields, as the summary of what is wrong leads to them."""
        return tuple(field for row in self.rows for field in row.fields)


def marked(rows: Iterable[RuleRow], error: AppError | None) -> tuple[RuleRow, ...]:
    """Return the rows of a form that was refused for `error`, with why beside the fields that it names."""
    named = error.data.get("name") if error else None
    return tuple(
        replace(
            row,
            fields=tuple(
                replace(field, error=sentence_of(error)) if error and named in (row.label, field.label) else field
                for field in row.fields
            ),
        )
        for row in rows
    )


def row_of(
    rule: Rule,
    *,
    value: Any,
    own: Any,
    source: str,
    currency: str,
    locale: str,
    posted: Mapping[str, str] | None = None,
) -> RuleRow:
    """Return the row of a rule: `value` holds, `own` is what is set on this level (None: nothing), `posted` what was typed and refused."""
    text = "" if own is None else _typed(rule, own, currency)
    if posted is not None:
        text = posted.get(rule.name, text)
    choices: tuple[Choice, ...] = ()
    if rule.kind == "switch":
        words = (("", _("From the next level")), ("yes", _("Yes")), ("no", _("No")))
        choices = tuple(Choice(word, key, key == text) for key, word in words)
    field = RuleField(
        name=rule.name,
        label=str(rule.label),
        kind="choice" if rule.kind == "switch" else rule.kind,
        text=text,
        unit=currency if rule.kind == "amount" else str(rule.unit),
        placeholder=_("From the next level"),
        choices=choices,
    )
    return RuleRow(
        name=rule.name,
        label=str(rule.label),
        shown=(_shown(rule, value, currency, locale),),
        source=source,
        fields=(field,),
        is_own=own is not None,
        hint=str(rule.hint),
    )


def read_rule(rule: Rule, fields: Mapping[str, str], *, currency: str) -> Any:
    """Return what a form sets: None for an empty field, which takes this level's own value away. :raises RuleInvalid: for what cannot be."""
    text = fields.get(rule.name, "").strip()
    if not text:
        return None
    if rule.kind == "switch":
        if text not in ("yes", "no"):
            raise RuleInvalid(name=str(rule.label), reason=_("choose one of the words"))
        return text == "yes"
    if rule.kind == "amount":
        return read_amount(text, currency=currency, name=str(rule.label))
    return read_whole(text, least=rule.least, most=rule.most, name=str(rule.label))


def read_amount(text: str, *, currency: str, name: str) -> int:
    """Return an amount as somebody typed it, in minor units of `currency`. :raises RuleInvalid: if it is none, or below nothing."""
    try:
        amount = Money.parse(text.strip().replace(",", "."), currency)
    except (AmountMalformed, AmountPrecision):
        raise RuleInvalid(name=name, reason=_("write the amount like 12.50")) from None
    if not 0 <= amount.minor <= MINOR_MAX:
        raise RuleInvalid(name=name, reason=_("an amount cannot be below nothing, nor that large"))
    return amount.minor


def read_whole(text: str, *, least: int, most: int, name: str) -> int:
    """Return a whole number as somebody typed it. :raises RuleInvalid: if it is none, or out of bounds."""
    # No number here is longer; the length is looked at first, because reading a long one takes long.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1
    if not least <= number <= most:
        reason = _("a whole number from {least} to {most} is needed").format(least=least, most=most)
        raise RuleInvalid(name=name, reason=reason)
    return number


def read_basis_points(text: str, *, name: str) -> int:
    """Return "12.5" or "12,5 %" in basis points. :raises RuleInvalid: if it is no part from 0 to 100 with at most two decimals."""
    cleaned = text.replace("%", "").strip().replace(",", ".")
    is_number = len(cleaned) <= _PERCENT_LENGTH_MAX and is_written_out(cleaned)
    points = Decimal(cleaned) * 100 if is_number else Decimal(-1)
    if not 0 <= points <= 10_000 or points != points.to_integral_value():
        raise RuleInvalid(name=name, reason=_("write the part like 12.5, from 0 to 100"))
    return int(points)


def _typed(rule: Rule, value: Any, currency: str) -> str:
    if rule.kind == "switch":
        return "yes" if value else "no"
    return field_amount(value, currency) if rule.kind == "amount" else str(value)


def _shown(rule: Rule, value: Any, currency: str, locale: str) -> str:
    if rule.kind == "switch":
        return _("Yes") if value else _("No")
    if rule.kind == "amount":
        return money_text(Money(value, currency), locale=locale) if value else _("Nothing")
    return f"{count_text(value, locale=locale)} {rule.unit}".strip()
