"""What terminals did, worded for the walls and for a terminal's own page. Rows hold it in English, with amounts and codes beside it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.sentences import Sentences
from merchant.core.pages.shell import current_locale
from payments.records.words import decline_words
from terminals.live.models import TerminalEvent

_MONEY = {
    "approved": _("Approved {amount}"),
    "refunded": _("Refunded {amount}"),
    "declined": _("Declined {amount}"),
    "failed": _("Not charged {amount}"),
}
_EVENTS = (
    _("Connected"),
    _("Lost its connection"),
    _("Asked to cancel"),
    _("The outcome of its payment is unknown; do not take it again"),
    _("Its clock is wrong; its times are not believed"),
    _("Needs care"),
    _("Installing an update"),
    _("Answered something we did not ask ({number})"),
    _("Answered again ({number})"),
    _("Says it approved {number} minor units where {amount} was asked; it does not count as paid, the bank is asked"),
    _("Works by its new settings"),
    _("Did not take its new settings"),
    _("Approved, but its receipt was not printed"),
    _("Check passed"),
    _("Check failed: {parts}"),
    _("Sample payment passed"),
    _("Sample payment failed. {problem}"),
)
_PROBLEMS = (
    _("The terminal did not answer."),
    _("The terminal answered: {condition}."),
    _("The terminal approved another amount than was asked."),
    _("The processor did not confirm that the sample was taken back."),
    _("It is connected but did not answer."),
)
_FAULTS = (
    _("The paper is out"),
    _("The printer does not work"),
    _("The battery is nearly empty"),
    _("The card reader does not work"),
    _("Somebody has tried to open it"),
    _("It does not reach its bank"),
)
# What a check looks at, and the steps of a sample payment.
_PARTS = (
    _("connection"), _("software"), _("settings"), _("host"), _("printer"), _("clock"), _("battery"), _("as set"), _("not reached"),
    _("pending: {names}"), _("{version}, at least {oldest} wanted"), _("sent"), _("answered"), _("approved"), _("taken back"),
)  # fmt: skip
_SENTENCES = Sentences((*_EVENTS, *_PROBLEMS, *_FAULTS, *_PARTS))


def event_words(event: TerminalEvent) -> str:
    """Return the line of `event` in the reader's language, its amount as their country writes it."""
    if event.kind not in _MONEY or "currency" not in event.data:
        return told(event.text)
    amount = money_text(Money(event.data["amount_minor"], event.data["currency"]), locale=current_locale())
    line = gettext(_MONEY[event.kind]).format(amount=amount)
    reason = decline_words(event.data.get("decline_code", ""))
    return f"{line} ({reason})" if reason else line


def told(stored: str) -> str:
    """Return what a row says of a terminal, a check or a sample payment in the reader's language."""
    return _SENTENCES.told(stored)
