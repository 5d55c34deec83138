"""journal.csv: one row a posting, debit positive and credit negative. The sum per currency is zero unless accounts are left out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchant.ledger.queries import JOURNAL_FILTERS, find_journals, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = ("id", "merchant_id", "recipe", "source", "about", "text", "business_date", "booked_at", "reverses_id")


def build(narrowed: Narrowed) -> Rows:
    """Return the postings of the journals a list with these filters shows."""
    sql, parameters = narrowed_table(find_journals(read_filters(narrowed.params)), _COLUMNS)
    return Rows(
        columns=[
            plain("journal_id", "j.id"),
            plain("business_date", "j.business_date"),
            local_time("booked_at", "j.booked_at", "m.zone"),
            plain("time_zone", "m.zone"),
            plain("recipe", "j.recipe"),
            text("source", "j.source"),
            text("about", "j.about"),
            text("text", "j.text"),
            plain("reverses", "j.reverses_id"),
            plain("account", "a.kind"),
            text("subject", "a.subject"),
            plain("currency", "p.currency"),
            *amounts("amount", "p.amount_minor", "p.currency"),
            *amounts("debit", "greatest(p.amount_minor, 0)", "p.currency"),
            *amounts("credit", "greatest(-p.amount_minor, 0)", "p.currency"),
            plain("base_currency", "m.base_currency"),
            *amounts("base_amount", "p.base_minor", "m.base_currency"),
        ],
        source=f"FROM ({sql}) j {_JOINS}",
        parameters=parameters,
        order="j.id, p.id",
        currency="p.currency",
        sums={
            "debit": "greatest(p.amount_minor, 0)",
            "credit": "greatest(-p.amount_minor, 0)",
            "base_amount": "p.base_minor",
        },
    )


_JOINS = """
JOIN merchant_merchant m ON m.id = j.merchant_id JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
"""
JOURNAL = ExportFormat("journal", _("Journal"), "ledger.read", JOURNAL_FILTERS, build, needs_all_stores=True)
