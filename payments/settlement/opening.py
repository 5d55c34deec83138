"""Opens a report: by a format we know, else by a column mapping whose header it has."""

from __future__ import annotations

from typing import BinaryIO

from payments.gateways.models import GatewayAccount
from payments.settlement import mapping_queries
from payments.settlement.formats import mapped
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.mapping import REPORT, SavedMapping, layout_of
from payments.settlement.formats.registry import ReportFormat, find_format
from payments.settlement.formats.sniff import OpenReport, open_report


def open_file(stream: BinaryIO, *, account: GatewayAccount, format_code: str = "") -> OpenReport:
    """
    Return the report in `stream`. `format_code` is that of a file taken in before: one that was read by a mapping is read by the same version again.

    :raises NotAReport: if neither a format nor a mapping fits.
    """
    known = mapping_queries.find_saved(format_code)
    if known is not None:
        return _opened(stream, known, account) or _gone(known)
    try:
        return open_report(stream, gateway=account.gateway)
    except NotAReport:
        fitting = mapping_queries.find_fitting(stream, side=REPORT, account_id=account.id)
        opened = _opened(stream, fitting, account) if fitting else None
        if opened is None:
            raise
        return opened


def open_mapped(stream: BinaryIO, mapping: SavedMapping, *, gateway: str = "") -> OpenReport | None:
    """Return the report in `stream` as `mapping` reads it, or None if its columns are not there."""
    layout = layout_of(stream, mapping.spec)
    if layout is None:
        return None
    return OpenReport(_format_of(mapping, gateway), layout, stream)


def find_report_format(code: str) -> ReportFormat | None:
    """Return the format a report was read by, ours or a mapping's, or None."""
    mapping = mapping_queries.find_saved(code)
    return _format_of(mapping) if mapping else find_format(code)


def _format_of(mapping: SavedMapping, gateway: str = "") -> ReportFormat:
    return ReportFormat(
        code=mapping.code,
        label=mapping.label,
        gateway=gateway,
        read=mapped.reader(mapping.spec),
        required=(),
        implies_payouts=mapping.spec.payout_is_sum,
    )


def _opened(stream: BinaryIO, mapping: SavedMapping, account: GatewayAccount) -> OpenReport | None:
    return open_mapped(stream, mapping, gateway=account.gateway)


def _gone(mapping: SavedMapping) -> OpenReport:
    raise NotAReport(f"the columns of the mapping {mapping.label} are not in the file", code="column_missing")
