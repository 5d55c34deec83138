"""
The processor's own truth against ours, in both directions: what it approved is what we have, and what we have is what it approved.

The processor is asked after our snapshot was taken, so it may know more. What we asked within the last minute, and what our tables know by now, is in flight.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from merchant.core import db
from payments.gateways import registry
from payments.gateways.base import AccountAccess, Truth
from payments.gateways.models import GatewayAccount
from reports.verify.look import Findings, Look, Row, made_at

MOVED = ("authorised", "captured", "succeeded")
_OPEN = ("requested", "submitted", "action_required", "unknown")


@runtime_checkable
class TellsTruth(Protocol):
    """A gateway that says everything it ever did for an account."""

    def list_truth(self, account: AccountAccess) -> Iterator[Truth]:
        """Return every operation, oldest first."""


@dataclass(frozen=True, slots=True)
class Ours:
    """An operation as our snapshot has it. `booked_minor` is what its journal moved on clearing, signed."""

    reference: str
    kind: str
    status: str
    result_minor: int | None
    currency: str
    is_young: bool
    booked_minor: int | None


_OURS = f"""
SELECT o.reference, o.kind, CASE WHEN EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back') THEN 'taken_back'
    ELSE o.status END AS status, o.result_minor, o.currency, {made_at("o.id")} > %(taken_at)s - %(in_flight)s::interval AS is_young, b.minor AS booked_minor
FROM payment_operation o JOIN payment_payment t ON t.id = o.payment_id LEFT JOIN (
    SELECT j.source, sum(p.amount_minor)::bigint AS minor
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'clearing' AND a.subject = %(account)s AND j.recipe IN ('money_in', 'refund') GROUP BY 1
) b ON b.source = 'operation:' || o.reference
WHERE o.merchant_id = %(merchant)s AND coalesce(o.gateway_account_id, t.gateway_account_id) = %(account)s::uuid
    AND o.kind NOT IN ('expire', 'take_back') AND coalesce(o.instrument->>'to', '') NOT IN ('store_credit', 'exchange')
"""  # noqa: S608


def processor_agrees(look: Look) -> Findings:
    """What the processor approved, captured, refunded and voided is what our operations and journals say, in both directions."""
    counted, violations, items = 0, [], []
    for account in GatewayAccount.objects.order_by("id"):
        gateway = registry.gateway(account.gateway)
        if not isinstance(gateway, TellsTruth):
            continue
        try:
            truth = list(gateway.list_truth(registry.access(account)))
        except Exception as error:
            # Whatever keeps the processor from telling: without its word nothing is proven.
            violations.append(
                {
                    "account": account.external_id,
                    "difference": "the processor could not be asked",
                    "error": str(error)[:200],
                }
            )
            continue
        found = _compare(_ours(look, account), truth)
        counted += len(truth)
        violations += [{"account": account.external_id, **row} for row in _not_in_flight(look, found)]
        items.append({"account": account.external_id, **_sums(truth)})
    return Findings(counted, violations, items)


def _ours(look: Look, account: GatewayAccount) -> dict[str, Ours]:
    return {row["reference"]: Ours(**row) for row in look.rows(_OURS, account=str(account.id))}


def _compare(ours: dict[str, Ours], truth: Sequence[Truth]) -> list[Row]:
    differences = []
    for theirs in truth:
        mine = ours.get(theirs.reference)
        if difference := _difference(mine, theirs):
            differences.append(_row(theirs.reference, difference, mine, theirs))
    known = {theirs.reference for theirs in truth}
    for mine in ours.values():
        if mine.status == "succeeded" and mine.reference not in known:
            differences.append(_row(mine.reference, "the processor does not know it", mine, None))
    return differences


def _difference(mine: Ours | None, theirs: Truth) -> str:
    # A card that was only checked, to be stored, has moved nothing.
    has_moved = theirs.status in MOVED and theirs.amount_minor > 0
    if mine is None:
        return "we do not know it" if has_moved else ""
    if has_moved != (mine.status == "succeeded"):
        return "it moved there and not here" if has_moved else "it moved here and not there"
    if not has_moved:
        return ""
    if (mine.kind, mine.currency) != (theirs.kind, theirs.currency) or mine.result_minor != theirs.amount_minor:
        return "kind, amount or currency differ"
    return "" if mine.booked_minor == _booked(theirs) else "the journal differs"


def _booked(theirs: Truth) -> int | None:
    if theirs.kind == "refund":
        return -theirs.amount_minor
    return theirs.amount_minor if theirs.kind == "capture" or theirs.status == "captured" else None


def _row(reference: str, difference: str, mine: Ours | None, theirs: Truth | None) -> Row:
    return {
        "reference": reference,
        "difference": difference,
        "ours": mine and f"{mine.kind} {mine.status} {mine.result_minor} {mine.currency}, booked {mine.booked_minor}",
        "theirs": theirs and f"{theirs.kind} {theirs.status} {theirs.amount_minor} {theirs.currency}",
        "is_young": mine.is_young if mine else None,
        "was_open": mine.status in _OPEN if mine else None,
    }


# Asked in a session of its own, after the processor: these rows are newer than the snapshot.
_NOW = """
SELECT o.reference, o.status FROM payment_operation o WHERE o.merchant_id = %(merchant)s AND o.reference = ANY(%(references)s)
"""


def _not_in_flight(look: Look, differences: list[Row]) -> list[Row]:
    """Leave out what was under way when the snapshot was taken: asked within the last minute, or answered or begun since."""
    if not differences:
        return []
    with db.open_session() as session:
        values = {"merchant": look.merchant_id, "references": [row["reference"] for row in differences]}
        now = {row["reference"]: row["status"] for row in session.execute(_NOW, values)}
    return [_plain(row) for row in differences if not _is_in_flight(row, now)]


def _is_in_flight(row: Row, now: dict[str, str]) -> bool:
    if row["was_open"] is None:
        return row["reference"] in now
    return bool(row["was_open"] and (row["is_young"] or now.get(row["reference"]) == "succeeded"))


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("is_young", "was_open")}


def _sums(truth: Sequence[Truth]) -> dict[str, Any]:
    sums: dict[str, int] = {}
    for theirs in truth:
        if theirs.status in MOVED:
            name = f"{'captured at once' if theirs.status == 'captured' else theirs.kind} {theirs.currency}"
            sums[name] = sums.get(name, 0) + theirs.amount_minor
    return {"operations": len(truth), "approved_minor": json.dumps(sums, sort_keys=True)}
