"""Every kind of file that can be exported, on one screen."""

from __future__ import annotations

from merchant.core.errors import AppError
from reports.exports.formats.base import ExportFormat
from reports.exports.formats.beancount import BEANCOUNT
from reports.exports.formats.books import BookFormat
from reports.exports.formats.closings import CLOSINGS
from reports.exports.formats.damaged import DAMAGED
from reports.exports.formats.datev import DATEV
from reports.exports.formats.disputes import DISPUTES
from reports.exports.formats.fec import FEC
from reports.exports.formats.feedback import FEEDBACK
from reports.exports.formats.fees import FEE_CLAIM, FEES
from reports.exports.formats.gateway_events import GATEWAY_EVENTS
from reports.exports.formats.hledger import HLEDGER
from reports.exports.formats.journal import JOURNAL
from reports.exports.formats.journal_csv import JOURNAL_CSV
from reports.exports.formats.orders import ORDERS
from reports.exports.formats.payments import PAYMENTS
from reports.exports.formats.payouts import DUE_PAYOUTS, PAYOUT_LINES, PAYOUTS
from reports.exports.formats.reconciliation import RECONCILIATION
from reports.exports.formats.sie import SIE_4E, SIE_4I
from reports.exports.formats.vouchers import VOUCHERS

FORMATS: dict[str, ExportFormat] = {
    format_.kind: format_
    for format_ in (
        PAYMENTS,
        ORDERS,
        DISPUTES,
        JOURNAL,
        RECONCILIATION,
        CLOSINGS,
        VOUCHERS,
        DAMAGED,
        PAYOUTS,
        PAYOUT_LINES,
        DUE_PAYOUTS,
        FEES,
        FEE_CLAIM,
        FEEDBACK,
        GATEWAY_EVENTS,
    )
}

# Journals for the accountant's program, with the numbers of the account plan.
BOOK_FORMATS: dict[str, BookFormat] = {
    format_.kind: format_ for format_ in (SIE_4I, SIE_4E, DATEV, JOURNAL_CSV, HLEDGER, BEANCOUNT, FEC)
}


def register(format_: ExportFormat) -> None:
    """Make known a kind of file that a slice above writes. Called once a process by each."""
    FORMATS[format_.kind] = format_


class UnknownExport(AppError):
    """There is no such kind of file."""

    code = "unknown_export"
    status = 404
    detail = "There is no export called {kind}; there are: {known}."


def format_of(kind: str) -> ExportFormat | BookFormat:
    """
    Return the kind of file called `kind`.

    :raises UnknownExport: if there is none.
    """
    found = FORMATS.get(kind) or BOOK_FORMATS.get(kind)
    if found is None:
        raise UnknownExport(kind=kind, known=", ".join((*FORMATS, *BOOK_FORMATS)))
    return found


def rows_format_of(kind: str) -> ExportFormat:
    """
    Return the kind of file called `kind` whose rows can be streamed at once.

    :raises UnknownExport: if there is none.
    """
    if kind not in FORMATS:
        raise UnknownExport(kind=kind, known=", ".join(FORMATS))
    return FORMATS[kind]
