"""audit.csv: one row an act, with its place in the chain where it is sealed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.audit_log.queries import AUDIT_FILTERS, find_entries, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, local_time, narrowed_table, plain, text

_COLUMNS = ("id", "merchant_id", "action", "actor_kind", "actor_id", "actor_name", "subject", "data", "at")
_SEALED = """
LEFT JOIN core_audit_link l ON l.merchant_id = a.merchant_id AND l.entry_id = a.id JOIN merchant_merchant m ON m.id = a.merchant_id
"""


def build(narrowed: Narrowed) -> Rows:
    """Return the acts a page of the log with these filters shows."""
    sql, parameters = narrowed_table(find_entries(read_filters(narrowed.params)), _COLUMNS)
    return Rows(
        columns=[
            plain("number", "l.position"),
            local_time("at", "a.at", "m.zone"),
            plain("actor_kind", "a.actor_kind"),
            plain("actor_id", "a.actor_id"),
            text("actor", "a.actor_name"),
            plain("action", "a.action"),
            text("object", "a.subject"),
            text("data", "a.data::text"),
            plain("entry_id", "a.id"),
            plain("digest", "encode(l.digest, 'hex')"),
        ],
        source=f"FROM ({sql}) a {_SEALED}",
        parameters=parameters,
        order="a.id",
        currency="''",
        sums={},
    )


AUDIT = ExportFormat("audit", _("Audit log"), "audit.read", AUDIT_FILTERS, build, needs_all_stores=True)
