"""What is wrong with a bank statement or a file of unknown kind, worded in the reader's language when somebody is shown it. Rows keep the readers' English."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from merchant.core.pages.sentences import Sentences
from payments.settlement.problems import PROBLEMS as REPORT_PROBLEMS

_FILES = (
    _("this is no bank statement we know"),
    _("this is a PDF; download the statement as camt.053, MT940 or CSV"),
    _("this is no settlement report and no bank statement we know"),
    _("this is {found}; ask the bank for {instead} instead"),
    _("a BAI2 balance report"),
    _("a CODA statement"),
    _("camt.053 or MT940"),
    _("it is of the format {format}, and none of your accounts is {names}; add it under Imports, Accounts"),
    _("this statement is of none of your bank accounts; add its account under Imports, Accounts"),
    _("this statement is of the account …{found}; that is {right}, and {account} is …{own}"),
    _("this statement is of the account …{found}, and {account} is …{own}"),
    _("this statement of the account …{number} is in {found}, and {account} …{own} is in {currency}"),
    _("the columns of this mapping are not in the file"),
    _("the document holds no statement"),
    _("the file holds no statement"),
    _("the file holds the statement of an investment account, which is none of a bank's; send the account's own"),
    _("the file says why the bank sent no statement: {told}"),
    _("the file holds no payment and no deposit"),
    _("this is a test file of Bankgirot: no money came with it"),
    _("the file breaks off: its statement does not end"),
    _("the XML breaks off or is wrong at line {line}, column {column}: {error}"),
    _("a statement has no DOCTYPE; this one is not read"),
    _("the zip is broken and cannot be unpacked"),
    _("the zip holds more than {most} files"),
    _("this is a spreadsheet; save it as CSV and send that"),
    _("the zip holds no file"),
    _("the zip holds {number} files, {most} are the most"),
    _("{file} in the zip is locked with a password"),
    _("the zip holds another zip; unpack it first"),
    _("the zip unpacks to more than any statement has"),
    _("page {number} of this statement was taken from {file}, which says something else"),
    _("line {line} is too long for a statement"),
    _("line {line} is too long for a record"),
    _("the field on line {line} does not end"),
    _("the value on line {line} does not end"),
)
_ENTRIES = (
    _("{text} is negative: CdtDbtInd says which way money goes, and an amount has no sign"),
    _("the entry is in {found}, the statement in {currency}"),
    _("the entry is in {found}, the account in {currency}"),
    _("the entry is in {found}, not {currency}"),
    _("the balance is in {found}, the statement in {currency}"),
    _("the {kind} balance is in {found}, the account in {currency}"),
    _("the deposit is in {found}, the section in {currency}"),
    _("{text} is neither CRDT nor DBIT"),
    _("it is not said whether the amount is a credit or a debit"),
    _("the statement does not name its currency"),
    _("{text} is not a balance"),
    _("{text} is not a statement line"),
    _("{text} is no kind of record"),
    _("no balance before this line names a currency"),
    _("no section begins before this record"),
    _("no deposit says when this payment was booked"),
    _("this record belongs to no payment"),
    _("{text} may be thousands or decimals: the bank has to write it with cents"),
    _("details (:86:) stand before entries, but not before each: it is not clear which belong together"),
)
_SUMS = (
    _("the balance on this line does not follow: {difference} off"),
    _("the page opens with {opening}, the one before closed with {closing}"),
    _("the summary says the credits come to {told}, {found} are there"),
    _("the summary says the debits come to {told}, {found} are there"),
    _("the summary says the entries come to {told}, {found} are there"),
    _("the trailer says {told} entries of {sum}, {found} of {total} are there"),
    _("the deposit counts {told} payments, {found} are there"),
    _("the deposit is {told}, its payments come to {found}"),
    _("the last record counts {told} payments, deductions, further references and deposits, {found} are there"),
    _("no deposit brings the last {number} payments"),
)
# Of a zip, the file in it.
_MEMBER = (_("{file}: {problem}"),)
_SENTENCES = Sentences((*REPORT_PROBLEMS, *_FILES, *_ENTRIES, *_SUMS, *_MEMBER))


def problem_words(stored: str) -> str:
    """Return what is wrong with a file or one of its lines, in the reader's language."""
    return _SENTENCES.told(stored)
