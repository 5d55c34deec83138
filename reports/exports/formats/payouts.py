"""payouts.csv: one row a payout; payout_lines.csv: the report rows that payouts are made of, each with its payment, order and receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from merchant.core.clock import business_today
from merchant.core.filters import FilterReader
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from payments.reconciliation import explanation, payout_watch
from payments.settlement.models import Payout
from payments.settlement.states import PAYOUT
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, plain, positional, text

LINE_FILTERS = ("payout", "gateway_account", "date_from", "date_to")
FILTERS = ("status", "gateway_account", "date_from", "date_to")
DUE_FILTERS = FILTERS
# Two weeks back and ahead, as the page shows them.
DAYS = 14
_LINES = f"""
FROM ({explanation.CARRIED}) e JOIN settlement_payout p ON p.id = e.payout_id JOIN gateway_account g ON g.id = p.gateway_account_id
JOIN settlement_line l ON l.id = e.line_id JOIN settlement_report r ON r.id = e.report_id
LEFT JOIN recon_match m ON m.id = l.id LEFT JOIN payment_operation o ON o.id = m.operation_id LEFT JOIN payment_payment pay ON pay.id = o.payment_id
LEFT JOIN order_order ord ON ord.id = pay.order_id LEFT JOIN merchant_store s ON s.id = pay.store_id
LEFT JOIN LATERAL (SELECT d.number FROM document_document d WHERE d.order_id = pay.order_id AND d.kind = 'receipt' ORDER BY d.id LIMIT 1) paper ON true
"""  # noqa: S608


def build_lines(narrowed: Narrowed) -> Rows:
    """Return the rows inside the payouts asked for, payout by payout."""
    read = FilterReader(narrowed.params, known=LINE_FILTERS)
    payouts = _announced(read)
    if key := read.key("payout"):
        payouts = payouts.filter(id=key)
    ids = list(payouts.values_list("id", flat=True))
    source, parameters = positional(_LINES, {"merchant": current_merchant_id(), "payouts": ids, "own": False})
    net = "(e.gross_minor - e.fee_minor)"
    return Rows(
        columns=[
            text("payout", "p.reference"),
            text("gateway_account", "g.name"),
            plain("announced_date", "p.announced_on"),
            plain("kind", "e.kind"),
            text("type", "l.type_text"),
            text("reference", "coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.line_key)"),
            plain("booked_date", "l.booked_on"),
            plain("currency", "l.currency"),
            *amounts("gross", "e.gross_minor", "l.currency"),
            *amounts("fee", "e.fee_minor", "l.currency"),
            *amounts("net", net, "l.currency"),
            plain("payment_id", "pay.id"),
            text("order_number", "ord.number"),
            plain("receipt_number", "paper.number"),
            text("store", "s.name"),
            text("report", "r.name"),
            plain("report_line", "l.line"),
        ],
        source=source,
        parameters=parameters,
        order="p.id, l.id",
        currency="l.currency",
        sums={"gross": "e.gross_minor", "fee": "e.fee_minor", "net": net},
    )  # fmt: skip


def build(narrowed: Narrowed) -> Rows:
    """Return the payouts asked for, oldest first."""
    read = FilterReader(narrowed.params, known=FILTERS)
    payouts = _announced(read)
    if statuses := read.choices("status", PAYOUT.states):
        payouts = payouts.filter(status__in=statuses)
    ids = list(payouts.values_list("id", flat=True))
    return Rows(
        columns=[
            plain("payout_id", "p.id"),
            text("reference", "p.reference"),
            text("batch", "p.batch"),
            text("gateway_account", "g.name"),
            plain("announced_date", "p.announced_on"),
            plain("expected_date", "p.expected_on"),
            plain("status", "p.status"),
            plain("currency", "p.currency"),
            *amounts("amount", "p.amount_minor", "p.currency"),
            *amounts("arrived", "p.arrived_minor", "p.currency"),
        ],
        source="FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id WHERE p.id = ANY(%s)",
        parameters=[ids],
        order="p.id",
        currency="p.currency",
        sums={"amount": "p.amount_minor", "arrived": "p.arrived_minor"},
    )


def build_due(narrowed: Narrowed) -> Rows:
    """Return what each account owes for each day asked for, the earliest first; without days, two weeks back and ahead."""
    read = FilterReader(narrowed.params, known=DUE_FILTERS)
    merchant = merchants.get_merchant(current_merchant_id())
    today = business_today(merchant)
    source, parameters = positional(
        f"FROM ({payout_watch.DUE}) d WHERE (%(states)s::text[] = '{{}}' OR d.state = ANY(%(states)s)) AND (%(accounts)s::text[] = '{{}}'"
        " OR d.gateway_account_id::text = ANY(%(accounts)s))",
        {
            "merchant": merchant.id,
            "from": read.day("date_from") or today - timedelta(days=DAYS),
            "until": read.day("date_to") or today + timedelta(days=DAYS),
            "today": today,
            "states": list(read.choices("status", payout_watch.STATES)),
            "accounts": [key for key in read.text("gateway_account").split(",") if key],
        },
    )
    return Rows(
        columns=[
            plain("due_date", "d.due_on"),
            text("gateway_account", "d.account_name"),
            plain("state", "d.state"),
            plain("currency", "d.currency"),
            *amounts("unreported", "d.unreported_minor", "d.currency"),
            *amounts("announced", "d.announced_minor", "d.currency"),
            *amounts("arrived", "d.arrived_minor", "d.currency"),
        ],
        source=source,
        parameters=parameters,
        order="d.due_on, d.account_name, d.currency, d.gateway_account_id",
        currency="d.currency",
        sums={"unreported": "d.unreported_minor", "announced": "d.announced_minor", "arrived": "d.arrived_minor"},
    )


def _announced(read: FilterReader) -> Any:
    wanted = {
        "gateway_account_id": read.key("gateway_account"),
        "announced_on__gte": read.day("date_from"),
        "announced_on__lte": read.day("date_to"),
    }
    return Payout.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


PAYOUTS = ExportFormat("payouts", _("Payouts"), "settlement.read", FILTERS, build, needs_all_stores=True)
PAYOUT_LINES = ExportFormat(
    "payout_lines", _("What payouts are made of"), "settlement.read", LINE_FILTERS, build_lines, needs_all_stores=True
)
DUE_PAYOUTS = ExportFormat(
    "due_payouts", _("Payouts due per day"), "settlement.read", DUE_FILTERS, build_due, needs_all_stores=True
)
