"""payments.csv: one row a payment."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from payments.records.queries import PAYMENT_FILTERS, find_payments, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "merchant_id",
    "order_id",
    "store_id",
    "register_id",
    "gateway_account_id",
    "method",
    "currency",
    "amount_minor",
    "status",
    "captured_minor",
    "refunded_minor",
    "card_brand",
    "card_last4",
    "auth_code",
    "decline_code",
    "gateway_reference",
    "business_date",
    "created_at",
)
_SETTLED = "coalesce(stage.settled_minor, carried.settled_minor, 0)"
_NET = "p.captured_minor - p.refunded_minor"
_UNSETTLED = f"CASE WHEN stage.money_stage <> 'taken' THEN least(stage.unsettled_minor, greatest({_NET}, 0)) ELSE 0 END"
_MISSING = f"least(coalesce(stage.missing_minor, 0), greatest({_NET} - ({_UNSETTLED}), 0))"
_ZONE = "coalesce(s.zone, c.zone)"


def build(narrowed: Narrowed) -> Rows:
    """Return the rows of the payments a list with these filters shows."""
    sql, parameters = narrowed_table(
        find_payments(read_filters(narrowed.params, only_stores=narrowed.only_stores)), _COLUMNS
    )
    return Rows(
        columns=[
            plain("payment_id", "p.id"),
            plain("order_number", "o.number"),
            plain("business_date", "p.business_date"),
            local_time("taken_at", "p.created_at", _ZONE),
            plain("time_zone", _ZONE),
            text("channel", "c.name"),
            text("store", "s.name"),
            text("register", "r.code"),
            plain("method", "p.method"),
            plain("status", "p.status"),
            plain("currency", "p.currency"),
            *amounts("amount", "p.amount_minor", "p.currency"),
            *amounts("captured", "p.captured_minor", "p.currency"),
            *amounts("refunded", "p.refunded_minor", "p.currency"),
            *amounts("settled", _SETTLED, "p.currency"),
            plain("money_stage", "coalesce(stage.money_stage, carried.money_stage, 'taken')"),
            *amounts("missing_in_bank", _MISSING, "p.currency"),
            *amounts("settled_short", _UNSETTLED, "p.currency"),
            text("gateway_account", "g.name"),
            text("gateway_reference", "p.gateway_reference"),
            text("card_brand", "p.card_brand"),
            text("card_last4", "p.card_last4"),
            text("auth_code", "p.auth_code"),
            text("decline_code", "p.decline_code"),
        ],
        source=f"FROM ({sql}) p {_JOINS}",
        parameters=parameters,
        order="p.id",
        currency="p.currency",
        sums={
            "amount": "p.amount_minor",
            "captured": "p.captured_minor",
            "refunded": "p.refunded_minor",
            "settled": _SETTLED,
            "missing_in_bank": _MISSING,
            "settled_short": _UNSETTLED,
        },
    )


_JOINS = """
JOIN order_order o ON o.id = p.order_id JOIN merchant_channel c ON c.id = o.channel_id LEFT JOIN merchant_store s ON s.id = p.store_id
LEFT JOIN merchant_register r ON r.id = p.register_id LEFT JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN payment_stage stage ON stage.payment_id = p.id LEFT JOIN payment_stage_carried carried ON carried.payment_id = p.id
"""
PAYMENTS = ExportFormat("payments", _("Payments"), "payment.read", PAYMENT_FILTERS, build)
