"""Every kind of file that can be exported, on one screen."""

from __future__ import annotations

from merchant.core.errors import AppError
from reports.exports.formats.base import ExportFormat
from reports.exports.formats.closings import CLOSINGS
from reports.exports.formats.damaged import DAMAGED
from reports.exports.formats.disputes import DISPUTES
from reports.exports.formats.journal import JOURNAL
from reports.exports.formats.orders import ORDERS
from reports.exports.formats.payments import PAYMENTS
from reports.exports.formats.reconciliation import RECONCILIATION
from reports.exports.formats.vouchers import VOUCHERS

FORMATS: dict[str, ExportFormat] = {
    format_.kind: format_
    for format_ in (PAYMENTS, ORDERS, DISPUTES, JOURNAL, RECONCILIATION, CLOSINGS, VOUCHERS, DAMAGED)
}


class UnknownExport(AppError):
    """There is no such kind of file."""

    code = "unknown_export"
    status = 404
    detail = "There is no export called {kind}; there are: {known}."


def format_of(kind: str) -> ExportFormat:
    """
    Return the kind of file called `kind`.

    :raises UnknownExport: if there is none.
    """
    try:
        return FORMATS[kind]
    except KeyError:
        raise UnknownExport(kind=kind, known=", ".join(FORMATS)) from None
