"""The exceptions of reconciliation: exactly what was planted, and nothing that nobody can name."""

from __future__ import annotations

from collections import Counter

from reports.verify.look import Findings, Look, Row

Key = tuple[str, int, str]

_FOUND = """
SELECT kind, amount_minor, reference, status, cause FROM recon_exception WHERE merchant_id = %(merchant)s AND status IN ('open', 'resolved')
"""


def exceptions_are_the_planted(look: Look) -> Findings:
    """The open exceptions are exactly the planted faults by type, amount and reference; one that a person resolved stands as well."""
    found = look.rows(_FOUND)
    if look.planted is None:
        rows = [
            {"difference": "nobody can say whether it was planted", **_shown(row)}
            for row in found
            if row["status"] == "open"
        ]
        return Findings(len(found), rows)
    wanted = Counter((one.kind, one.amount_minor, one.reference) for one in look.planted)
    stands = Counter(_key(row) for row in found)
    opened = Counter(_key(row) for row in found if row["status"] == "open")
    missing = [
        {"difference": "planted and not found", **_named(key), "times": times}
        for key, times in (wanted - stands).items()
    ]
    surplus = [
        {"difference": "found and not planted", **_named(key), "times": times}
        for key, times in (opened - wanted).items()
    ]
    listed = [
        {"planted": f"{kind} {minor}", "reference": reference, "times": times}
        for (kind, minor, reference), times in sorted(wanted.items())
    ]
    return Findings(len(found), [*missing, *surplus], listed)


_UNCLASSIFIED = """
SELECT kind, amount_minor, reference, status, cause FROM recon_exception WHERE merchant_id = %(merchant)s AND status = 'open' AND kind IN ('unclassified', 'ambiguous')
"""


def none_unclassified(look: Look) -> Findings:
    """No open exception is unclassified or ambiguous, and nothing lies in suspense that no exception names."""
    counted = look.count("SELECT count(*) FROM recon_exception WHERE merchant_id = %(merchant)s AND status = 'open'")
    return Findings(counted, [*look.rows(_UNCLASSIFIED), *look.rows(_SUSPENSE_OFF)])


_SUSPENSE_OFF = """
SELECT 'suspense' AS kind, b.currency, b.minor AS suspense_minor, coalesce(e.minor, 0)::bigint AS named_minor FROM (
    SELECT a.currency, sum(p.amount_minor)::bigint AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'suspense' GROUP BY 1
) b LEFT JOIN (
    SELECT currency, -sum(amount_minor) AS minor FROM recon_exception WHERE merchant_id = %(merchant)s AND kind = 'unclassified' AND status = 'open' GROUP BY 1
) e ON e.currency = b.currency WHERE b.minor <> coalesce(e.minor, 0)
"""


def _key(row: Row) -> Key:
    return row["kind"], row["amount_minor"], row["reference"]


def _named(key: Key) -> Row:
    return dict(zip(("kind", "amount_minor", "reference"), key, strict=True))


def _shown(row: Row) -> Row:
    return {name: row[name] for name in ("kind", "amount_minor", "reference", "cause")}
