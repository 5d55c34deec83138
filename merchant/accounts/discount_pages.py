"""Limits of discounts as rows and fields of their page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts.discount_limits import GIVERS, HeldLimit, Limit
from merchant.core.money import Money
from merchant.core.pages.display import field_amount, field_decimal, money_text, percent_text
from merchant.core.pages.parts import Choice
from merchant.core.pages.rules import RuleField, RuleInvalid, RuleRow, read_amount, read_basis_points

NAMES: dict[str, Promise] = {
    "owner": gettext_lazy("Owner"),
    "manager": gettext_lazy("Manager"),
    "cashier": gettext_lazy("Cashier"),
    "register": gettext_lazy("A tablet"),
}
_DEFAULT, _LIMITS, _NO_LIMIT = "", "limits", "none"


def rows_of(
    found: Mapping[str, HeldLimit],
    *,
    merchant: str,
    currency: str,
    locale: str,
    posted: Mapping[str, str] | None = None,
) -> tuple[RuleRow, ...]:
    """Return a row for each giver. `posted` is what was typed and refused."""
    return tuple(_row(giver, found[giver], merchant, currency, locale, posted) for giver in GIVERS)


def read_form(fields: Mapping[str, str], *, currency: str) -> dict[str, Limit | None]:
    """Return what a form sets for every giver, None for the default. :raises RuleInvalid: for a limit that says nothing, or cannot be."""
    return {giver: _read(giver, fields, currency) for giver in GIVERS}


def _row(
    giver: str, held: HeldLimit, merchant: str, currency: str, locale: str, posted: Mapping[str, str] | None
) -> RuleRow:
    label = str(NAMES[giver])
    is_own = held.source == "merchant"
    return RuleRow(
        name=giver,
        label=label,
        shown=_words(held.limit, currency, locale),
        source=merchant if is_own else _("Tillsyn's own"),
        fields=_fields(giver, label, held.limit if is_own else None, currency, posted),
        is_own=is_own,
    )


def _words(limit: Limit, currency: str, locale: str) -> tuple[str, ...]:
    lines = []
    if limit.percent_basis_points is not None:
        percent = percent_text(limit.percent_basis_points / 100, locale=locale, decimals="##")
        lines.append(_("{percent} of a line and of an order").format(percent=percent))
    if limit.amount_minor is not None:
        amount = money_text(Money(limit.amount_minor, currency), locale=locale)
        lines.append(_("{amount} an order").format(amount=amount))
    return tuple(lines) or (_("No limit"),)


def _fields(
    giver: str, label: str, own: Limit | None, currency: str, posted: Mapping[str, str] | None
) -> tuple[RuleField, ...]:
    kind = _DEFAULT if own is None else _NO_LIMIT if own == Limit() else _LIMITS
    percent = _percent_field_text(own.percent_basis_points) if own and own.percent_basis_points is not None else ""
    amount = field_amount(own.amount_minor, currency) if own and own.amount_minor is not None else ""
    if posted is not None:
        kind = posted.get(f"{giver}_kind", kind)
        percent, amount = posted.get(f"{giver}_percent", percent), posted.get(f"{giver}_amount", amount)
    words = ((_("Tillsyn's own"), _DEFAULT), (_("Up to the limits below"), _LIMITS), (_("No limit"), _NO_LIMIT))
    return (
        RuleField(
            name=f"{giver}_kind",
            label=label,
            kind="choice",
            choices=tuple(Choice(word, key, key == kind) for word, key in words),
        ),
        RuleField(
            name=f"{giver}_percent",
            label=_("{who}, part").format(who=label),
            kind="percent",
            text=percent,
            unit="%",
            placeholder=_("Any part"),
        ),
        RuleField(
            name=f"{giver}_amount",
            label=_("{who}, amount an order").format(who=label),
            kind="amount",
            text=amount,
            unit=currency,
            placeholder=_("Any amount"),
        ),
    )


def _read(giver: str, fields: Mapping[str, str], currency: str) -> Limit | None:
    name, kind = str(NAMES[giver]), fields.get(f"{giver}_kind", _DEFAULT)
    if kind == _DEFAULT:
        return None
    if kind == _NO_LIMIT:
        return Limit()
    if kind != _LIMITS:
        raise RuleInvalid(name=name, reason=_("choose one of the words"))
    percent, amount = fields.get(f"{giver}_percent", "").strip(), fields.get(f"{giver}_amount", "").strip()
    if not percent and not amount:
        raise RuleInvalid(name=name, reason=_("say a part, an amount or both, or choose that there is no limit"))
    return Limit(
        read_basis_points(percent, name=name) if percent else None,
        read_amount(amount, currency=currency, name=name) if amount else None,
    )


def _percent_field_text(basis_points: int) -> str:
    digits = 0 if basis_points % 100 == 0 else 1 if basis_points % 10 == 0 else 2
    return field_decimal(Decimal(basis_points) / 100, digits=digits)
