"""The ways out of an exception in words, with what each would book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.pages.display import percent_text
from merchant.core.pages.parts import Choice
from merchant.core.pages.shell import current_locale
from merchant.ledger.recipes import Leg
from payments.reconciliation.desk.passing_on import SNOOZE_DAYS_MAX
from payments.reconciliation.desk.ways import LIKELY_ACCOUNT, Standing, Way, number_of, ways_of
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench.pages import BookingLine, Filled, ResolveOption

# A week: the next report and the next statement are there by then, also over a holiday.
WAIT_DAYS = 7
ACCOUNTS = {
    "bank": gettext_lazy("Bank account"),
    "cash_in_transit": gettext_lazy("Cash in transit"),
    "cash_rounding": gettext_lazy("Rounding differences"),
    "claims": gettext_lazy("Claims on the gateway"),
    "clearing": gettext_lazy("Clearing account of the gateway"),
    "commission": gettext_lazy("Commission"),
    "fees": gettext_lazy("Fees"),
    "fx": gettext_lazy("Exchange differences"),
    "over_short": gettext_lazy("Over and short"),
    "payouts_in_transit": gettext_lazy("Payouts in transit"),
    "suspense": gettext_lazy("Suspense account"),
    "write_off": gettext_lazy("Write-off"),
}


def options_of(
    found: Deviation, standing: Standing, *, today: date, filled: Filled | None = None
) -> tuple[ResolveOption, ...]:
    """Return the ways out of an exception, the one to propose marked, if something speaks for one; the form opens with what `filled` says, else with that."""
    ways, filled = ways_of(standing), filled or Filled()
    is_filled = filled.way in {way.name for way in ways}
    return tuple(
        _option(way, found, standing, today, filled, is_chosen=way.name == filled.way if is_filled else way.is_proposed)
        for way in ways
    )


TITLES = {
    "write_off": gettext_lazy("Write the difference off"),
    "book": gettext_lazy("Book it to an account"),
    "claim": gettext_lazy("Claim it from the gateway"),
    "link": gettext_lazy("Match it by hand"),
    "note": gettext_lazy("Accept with a note"),
    "wait": gettext_lazy("Wait"),
}


def titles() -> dict[str, str]:
    """Return each way out as it is called."""
    return {way: str(title) for way, title in TITLES.items()}


def booking_lines(legs: Sequence[Leg]) -> tuple[BookingLine, ...]:
    """Return what a way books as it is shown: debits first."""
    lines = []
    for leg in sorted(legs, key=lambda leg: -leg.minor):
        amount, name = Money(abs(leg.minor), leg.currency), str(ACCOUNTS.get(leg.kind, leg.kind))
        lines.append(BookingLine(name, amount, None) if leg.minor > 0 else BookingLine(name, None, amount))
    return tuple(lines)


def _option(
    way: Way, found: Deviation, standing: Standing, today: date, filled: Filled, *, is_chosen: bool
) -> ResolveOption:
    texts = {
        "write_off": _("Books the amount as a loss.") if standing.minor < 0 else _("Books the amount as a gain."),
        "book": _("Names what it was: a cost or an income."),
        "claim": _("Stands as a claim until the processor pays it back."),
        "note": proposal_words(found) or _("Nothing is booked. It stays closed as long as the amount stays the same."),
        "wait": _("Looks again on the day you choose. Its batch stays open."),
        "link": _("Binds it to the payment or payout you choose. A difference becomes an exception of its own."),
    }
    accounts = [name for name in way.legs if name]
    return ResolveOption(
        way.name,
        titles()[way.name],
        texts[way.name],
        number_of(way.name),
        is_suggested=way.is_proposed,
        is_chosen=is_chosen,
        booking=booking_lines(next(iter(way.legs.values()))),
        accounts=tuple(
            Choice(
                str(ACCOUNTS.get(name, name)),
                name,
                is_selected=name == (filled.account or LIKELY_ACCOUNT.get(found.kind)),
            )
            for name in accounts
        ),
        bookings=tuple((name, booking_lines(way.legs[name])) for name in accounts),
        day=(filled.until or (today + timedelta(days=WAIT_DAYS)).isoformat()) if way.name == "wait" else "",
        partners=tuple(_partner(one, filled.partner) for one in found.suggestions) if way.name == "link" else (),
        day_from=(today + timedelta(days=1)).isoformat(),
        day_to=(today + timedelta(days=SNOOZE_DAYS_MAX)).isoformat(),
    )


# What speaks for a suggestion, in words.
_WHY = {
    "amount": gettext_lazy("amount"),
    "amount_close": gettext_lazy("nearly the amount"),
    "day": gettext_lazy("day"),
    "days_close": gettext_lazy("within a week"),
    "auth_code": gettext_lazy("authorisation code"),
    "last4": gettext_lazy("card"),
    "store": gettext_lazy("store"),
    "reference": gettext_lazy("reference"),
}


def _partner(told: dict[str, Any], chosen: str) -> Choice:
    key = told.get("operation_id") or told.get("payout_id") or ""
    why = ", ".join(str(_WHY.get(one, one)) for one in told.get("why", ()))
    sure = certainty_words(int(told.get("score", 0)))
    return Choice(f"{told['reference']}, {sure}: {why}", key, is_selected=key == chosen)


def certainty_words(score: int) -> str:
    """Return how sure a suggestion is, per mille as per cent."""
    return _("{percent} sure").format(percent=percent_text(score / 10, locale=current_locale(), decimals="#"))


def proposal_words(found: Deviation) -> str:
    """Return what to do before an exception of an override is closed with a note; "" for other kinds."""
    if found.kind == "override_unproven":
        return _(
            "Import the reports of these days, or ask the processor for them; then match again. A note closes it without proof."
        )
    if found.kind != "override_contradicted":
        return ""
    if found.expected_minor:
        return _(
            "Ask the processor, and let the customer pay again, for example with a payment link. Write it off if nobody will pay."
        )
    if found.amount_minor < 0:
        return _(
            "The order is open again: let the customer pay it, for example with a payment link. Then close this with a note."
        )
    return _("Look at the order: refund what was paid twice, or keep this as its payment. Then close this with a note.")
