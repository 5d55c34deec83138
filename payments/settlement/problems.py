"""
What is wrong with a report or its lines, worded in the reader's language when somebody is shown it.

Readers write it in English with the row, where it stays: files, REST and other languages' readers find the same text.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from merchant.core.pages.sentences import Sentences

_FILES = (
    _("the file is empty"),
    _("this is a PDF, whatever else is in it; download the report as CSV"),
    _("this is a report of {gateway} ({format}), and the account is at {other}"),
    _("this is no settlement report we know"),
    _("this is {found}; download {instead} instead"),
    _("the column {column} of the {format} is missing"),
    _("the columns of the mapping {mapping} are not in the file"),
    _("this report is about the account {found}; {account} is {own}"),
    _("line {line} is longer than {most} characters"),
    _("the file ends before the line that closes it; it seems to be cut"),
    _("the sandbox"),
    _("Adyen's aggregate settlement details report, which sums payments up and names none"),
    _("the settlement details report"),
    _("Stripe's balance summary, which has totals only"),
    _("the itemised payout reconciliation"),
)
_ROWS = (
    _("a cell holds a NUL character"),
    _("the row has {cells} cells, the header {width}"),
    _("the file ends within this row, which has {cells} cells of {width}"),
    _("the quotation mark opened on line {line} is never closed"),
    _("a cell is longer than {most} characters"),
    _("the row cannot be read: {error}"),
    _("{tag} is no kind of line a PayPal report has"),
    _("the section counts {told} lines, {found} are there"),
    _("the report counts {told} lines, {found} are there"),
)
_CELLS = (
    _("{text} is no ISO 4217 currency"),
    _("there is no amount"),
    _("{text} has more decimals than its currency"),
    _("{text} is not an amount"),
    _("{text} is not an amount in the style of this mapping"),
    _("{text} was a number that a spreadsheet has rounded"),
    _("{text} is not a moment this format uses"),
    _("{text} is not a date"),
    _("{text} is not a date in the order of this mapping"),
    _("{text} is not a whole number"),
    _("{text} is not a whole number of minor units"),
    _("{text} is not a whole number of the currency's smallest units"),
    _("{text} is neither CR nor DR"),
    _("{day} is no day that this file can speak of"),
    _("there is no date"),
    _("the payout has no id"),
    _("neither net debit nor net credit is filled"),
)
_SUMS = (
    _("gross {gross} less fee {fee} is {found}, not {net}: {difference} off"),
    _("captured {captured} is not payable plus fees, {found}: {difference} off"),
    _("gross {gross} is not net plus fees, {found}: {difference} off"),
    _("gross {gross} at the rate {rate} is not net plus fees, {found}"),
    _("{amount} at the rate {rate} is not {found}"),
    _("gross and deduction make {found}, not {told}: {difference} off"),
    _("the parts of the deduction make {found}, not {told}: {difference} off"),
    _("the fee is in {fee}, the amount {currency}"),
    _("payment {reference} is settled and leaves {left}"),
)
_CHECKS = (
    _(
        "payments whose whole life is here: {whole}, of them leaving money behind: {broken}; in part: {parts}; {rows} rows were not followed, because too many payments are open at once"
    ),
    _("payments whose whole life is here: {whole}, of them leaving money behind: {broken}; in part: {parts}"),
    _("payout {reference} is {payout}, its totals make {found}: {difference} apart, no more than rounding each of them explains"),
    _("payout {reference} is {payout}, its totals make {found}: {difference} apart"),
    _("{amount} stay in the account, as its balances before and after say"),
)  # fmt: skip
PROBLEMS = (*_FILES, *_ROWS, *_CELLS, *_SUMS, *_CHECKS)
_SENTENCES = Sentences(PROBLEMS)


def problem_words(stored: str) -> str:
    """Return what is wrong with a report or one of its rows, in the reader's language."""
    return _SENTENCES.told(stored)
