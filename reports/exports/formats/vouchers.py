"""vouchers.csv: one row a gift card or store credit, by the end of its code."""

from __future__ import annotations

from django.db.models import DateTimeField, Value
from django.utils.translation import gettext_lazy as _

from payments.vouchers.queries import VOUCHER_FILTERS, find_vouchers, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "merchant_id",
    "kind",
    "hint",
    "currency",
    "balance_minor",
    "created_at",
    "expires_at",
    "blocked_at",
    "block_reason",
    "now",
)


def build(narrowed: Narrowed) -> Rows:
    """Return the cards a list with these filters shows."""
    filters = read_filters(narrowed.params)
    rows = find_vouchers(filters).annotate(now=Value(filters.now, output_field=DateTimeField()))
    sql, parameters = narrowed_table(rows, _COLUMNS)
    return Rows(
        columns=[
            plain("voucher_id", "v.id"),
            plain("kind", "v.kind"),
            text("code_ends_in", "v.hint"),
            plain("status", _STATE),
            local_time("created_at", "v.created_at", "m.zone"),
            local_time("expires_at", "v.expires_at", "m.zone"),
            local_time("blocked_at", "v.blocked_at", "m.zone"),
            plain("time_zone", "m.zone"),
            text("block_reason", "v.block_reason"),
            plain("currency", "v.currency"),
            *amounts("balance", "v.balance_minor", "v.currency"),
        ],
        source=f"FROM ({sql}) v JOIN merchant_merchant m ON m.id = v.merchant_id",
        parameters=parameters,
        order="v.id",
        currency="v.currency",
        sums={"balance": "v.balance_minor"},
    )


# The same words as `queries.state_of`.
_STATE = """
CASE WHEN v.blocked_at IS NOT NULL THEN 'blocked' WHEN v.expires_at <= v.now THEN 'expired' WHEN v.balance_minor > 0 THEN 'active' ELSE 'empty' END
"""
VOUCHERS = ExportFormat("vouchers", _("Gift cards"), "voucher.read", VOUCHER_FILTERS, build)
