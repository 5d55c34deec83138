"""What references, causes and ends of differences say on pages: rows and exports hold them in English, with days as machines write them."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_interval, format_skeleton
from django.utils.translation import gettext_noop as _

from merchant.core.pages.sentences import Sentences
from merchant.core.pages.shell import current_locale
from payments.reconciliation.models import Deviation

_CAUSES = (
    _("The report settles in {settled} what was sold in {sold} and names no exchange."),
    _("The processor settled less than was agreed."),
    _("The processor settled more than was agreed."),
    _("Booked {number} days after the sale."),
    _("The processor settled this payment in {number} rows, which together are its amount."),
    _("Several rows fit one payment equally well ({rule})."),
    _("{number} payments fit this row equally well ({rule})."),
    _("The processor settled this a second time."),
    _("The row gives back money of a payment of ours in a way our books do not have."),
    _("The row names a payment of ours on which no money moved."),
    _("No payment of ours fits this row."),
    _("The reports that cover this day do not contain it."),
    _('A row of type "{type}", whose amount waits in suspense.'),
    _("Converted at another rate than {norm}."),
    _("the rest of its report"),
    _("the day's in our books"),
    _("The bank received less than the processor announced."),
    _("The bank received more than the processor announced."),
    _("No bank line brings this payout."),
    _("No payout explains this bank line."),
    _("Several payouts fit this bank line equally well ({rule})."),
    _("The bank credited less than was sent."),
    _("The bank credited more than was sent."),
    _("No bank line brings this deposit."),
    _("The statements of {account} end on {day} with another balance than the next one begins with: one between them is missing."),
    _("The customer transferred less than the order is."),
    _("The customer transferred more than the order is."),
    _("The line names {number} orders and is not what they owe."),
    _("No report and no payout has come for what was taken on this day."),
)  # fmt: skip
_FEES = (
    _("The fee is higher than the contract says."),
    _("The fee is lower than the contract says."),
    _("The invoiced fees of the month are higher than the contract says."),
    _("The invoiced fees of the month are lower than the contract says."),
    _("The fees of its parts are higher than the contract says."),
    _("The fees of its parts are lower than the contract says."),
)
_DISPUTES = (
    _("The report moves another amount than the dispute is about."),
    _("The processor moved the money of this dispute a second time."),
    _("The reports that cover this day do not contain this movement of the dispute."),
    _("A dispute about a payment we do not have."),
)
_OVERRIDES = (
    _("Two people treated this as paid; the reports that cover its day do not contain it. Most likely it never was."),
    _("Two people treated this as paid; the processor says that it was not ({proof}). The books have taken it back."),
    _("Two people treated this as not paid; the money moved after all ({proof}). It is booked, and the order may be paid twice."),
    _("Two people said that this was paid; no report that would show it has come since. Most likely the reports of this account are not fetched."),
    _("Two people said that this was not paid; no report that would show it has come since. Most likely the reports of this account are not fetched."),
)  # fmt: skip
_ENDS = (
    _("Explained by later data."),
    _("It came after all, or was corrected; what was booked about it was taken back."),
    # As it was stored before.
    _("It came after all; what was booked about it was taken back."),
    _("The contract agrees with it now."),
    _("The report was issued again."),
    _("The order is paid as agreed."),
    _("The match was undone."),
    _("Matched by hand, with another amount."),
    _("Matched by hand: {reason}"),
)
# By what rows are brought together, as causes name it.
_RULES = (
    _("operation reference"),
    _("processor reference and amount"),
    _("processor reference"),
    _("our reference and amount"),
    _("our reference"),
    _("amount day and code"),
    _("amount day and card"),
    _("amount and day"),
    _("payout reference"),
    _("batch and account"),
)
_SENTENCES = Sentences((*_CAUSES, *_FEES, *_DISPUTES, *_OVERRIDES, *_ENDS, *_RULES))


def cause_words(stored: str) -> str:
    """Return why a difference is there, or how it ended, in the reader's language."""
    return _SENTENCES.told(stored)


# A day or two days that stand by themselves; one inside of a reference is a part of its name.
_DAYS = re.compile(r"(?<!\S)(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?(?!\S)")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def reference_words(found: Deviation) -> str:
    """Return what an exception is about: its reference, the days and the month in it as the reader's language writes them."""
    if found.kind == "fee" and _MONTH.fullmatch(found.reference):
        return str(format_skeleton("yMMMM", date.fromisoformat(f"{found.reference}-01"), locale=current_locale()))
    return days_in_words(found.reference)


def days_in_words(reference: str) -> str:
    """Return a reference with the days that stand by themselves in it as the reader's language writes them."""
    return _DAYS.sub(_days_text, reference)


def _days_text(found: re.Match[str]) -> str:
    try:
        first, last = (date.fromisoformat(day) for day in (found[1], found[2] or found[1]))
    except ValueError:
        return found[0]
    return str(format_interval(first, last, skeleton="yMMMd", locale=current_locale()))
