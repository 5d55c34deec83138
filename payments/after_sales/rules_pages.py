"""How much each caller takes back without a receipt, as rows and fields of the page of return rules."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.pages.display import field_amount, money_text
from merchant.core.pages.parts import Choice
from merchant.core.pages.rules import RuleField, RuleInvalid, RuleRow, read_amount

# Who can take goods back at all: nobody else needs a limit.
CALLERS: dict[str, Promise] = {
    "owner": gettext_lazy("Owner"),
    "manager": gettext_lazy("Manager"),
    "cashier": gettext_lazy("Cashier"),
    "register": gettext_lazy("A tablet"),
    "api_key": gettext_lazy("An API key"),
}
_NOTHING, _UP_TO, _NO_LIMIT = "nothing", "limit", "none"
_FROM_ABOVE, _HERE = "", "here"

Limits = Mapping[str, int | None]


def limits_row(
    *,
    value: Limits,
    own: Limits | None,
    source: str,
    currency: str,
    locale: str,
    posted: Mapping[str, str] | None,
) -> RuleRow:
    """Return the row of what each caller takes back in a day alone. All callers are set together or inherited together."""
    shown = tuple(
        f"{label}: {_words(value.get(caller, 0), currency, locale)}"
        for caller, label in CALLERS.items()
        if value.get(caller, 0) != 0
    )
    where = posted.get("day_limits", "") if posted is not None else (_FROM_ABOVE if own is None else _HERE)
    choices = ((_("From the next level"), _FROM_ABOVE), (_("Set here"), _HERE))
    first = RuleField(
        name="day_limits",
        label=_("Where from"),
        kind="choice",
        choices=tuple(Choice(word, key, key == where) for word, key in choices),
    )
    fields = [first]
    for caller, label in CALLERS.items():
        fields += _fields_of(caller, str(label), value if own is None else own, currency, posted)
    return RuleRow(
        name="day_limits",
        label=_("Taken back in a day alone"),
        shown=(*shown, _("Everybody else: nothing") if shown else _("Everybody: nothing")),
        source=source,
        fields=tuple(fields),
        is_own=own is not None,
        hint=_("More needs another person's approval."),
    )


def read_limits(fields: Mapping[str, str], *, own: Limits | None, currency: str) -> dict[str, int | None] | None:
    """
    Return what a form sets for all callers, None for the next level's. What `own` says of callers the page does not show stays.

    :raises RuleInvalid: for a limit without its amount.
    """
    if fields.get("day_limits", _FROM_ABOVE) != _HERE:
        return None
    found: dict[str, int | None] = {name: most for name, most in (own or {}).items() if name not in CALLERS}
    for caller, label in CALLERS.items():
        kind = fields.get(f"day_{caller}", _NOTHING)
        if kind == _UP_TO:
            found[caller] = read_amount(fields.get(f"day_{caller}_max", ""), currency=currency, name=str(label))
        elif kind in (_NOTHING, _NO_LIMIT):
            found[caller] = 0 if kind == _NOTHING else None
        else:
            raise RuleInvalid(name=str(label), reason=_("choose one of the words"))
    return found


def _fields_of(
    caller: str, label: str, limits: Limits, currency: str, posted: Mapping[str, str] | None
) -> tuple[RuleField, RuleField]:
    most = limits.get(caller, 0)
    kind = _NO_LIMIT if most is None else _UP_TO if most else _NOTHING
    text = field_amount(most, currency) if most else ""
    if posted is not None:
        kind, text = posted.get(f"day_{caller}", kind), posted.get(f"day_{caller}_max", text)
    words = ((_("Nothing alone"), _NOTHING), (_("Up to the amount below"), _UP_TO), (_("No limit"), _NO_LIMIT))
    return (
        RuleField(
            name=f"day_{caller}",
            label=label,
            kind="choice",
            choices=tuple(Choice(word, key, key == kind) for word, key in words),
        ),
        RuleField(
            name=f"day_{caller}_max",
            label=_("{who}, at most").format(who=label),
            kind="amount",
            text=text,
            unit=currency,
        ),
    )


def _words(most: int | None, currency: str, locale: str) -> str:
    return _("no limit") if most is None else money_text(Money(most, currency), locale=locale)
