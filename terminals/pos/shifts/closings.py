"""Make a Z: everything on it in one frozen row, its digest in the audit trail."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from terminals.pos.shifts import figures
from terminals.pos.shifts.blockers import Blocker
from terminals.pos.shifts.figures import Figures, Span
from terminals.pos.shifts.models import Closing, Count, Shift


@dataclass(frozen=True, slots=True)
class Draft:
    """What a Z is made of: the shift that ends, the part of the register's life, the Z before, and what was found and counted."""

    shift: Shift
    span: Span
    last: Closing | None
    found: Figures
    count: Count
    left_minor: int
    left_open: tuple[Blocker, ...]
    person: str
    accepted_by: str


def freeze(draft: Draft, *, now: datetime) -> Closing:
    """Store the Z in the caller's transaction, which holds the shift and the register's row. Its digest goes to the audit trail, which a job seals."""
    shift, last = draft.shift, draft.last
    store = merchants.get_store(shift.store_id)
    # What the count itself moved (over/short, cash to the safe) belongs to this Z too.
    found = replace(draft.found, movements=figures.take_movements(draft.span))
    closing = Closing(
        id=draft.span.closing_id,
        register_id=shift.register_id,
        store=store,
        number=last.number + 1 if last else 1,
        business_date=business_date(now, zone=store.zone, cutoff=store.day_cutoff),
        began_at=last.closed_at if last else _first_opening(shift),
        closed_at=now,
        person=draft.person,
        currency=shift.currency,
        receipts_after=draft.span.receipts_after,
        receipts_until=draft.span.until,
        sales_minor=found.sales_minor,
        returns_minor=found.returns_minor,
        refunds_minor=found.refunds_minor,
        grand_sales_minor=(last.grand_sales_minor if last else 0) + found.sales_minor,
        grand_returns_minor=(last.grand_returns_minor if last else 0) + found.returns_minor,
        opening_cash_minor=found.opening_cash_minor,
        expected_cash_minor=draft.found.expected_cash_minor,
        counted_cash_minor=draft.count.counted_minor,
        closing_cash_minor=draft.left_minor,
        content=_content(draft, found, store),
    )
    closing.digest = digest_of(closing)
    closing.save(force_insert=True)
    data = {"register_id": str(closing.register_id), "number": closing.number, "digest": closing.digest}
    audit.record("closing.made", subject=f"closing:{closing.id}", now=now, data=data)
    outbox.publish("closing.made", f"register:{closing.register_id}", {"closing_id": str(closing.id), **data})
    return closing


def movements_until_count(closing: Closing) -> list[dict[str, Any]]:
    """Return the drawer's movements that made up what was expected at the last count: without its over/short, and without what then went to the safe."""
    by_the_close = {
        "over_short": closing.counted_cash_minor - closing.expected_cash_minor,
        "safe_drop": closing.closing_cash_minor - closing.counted_cash_minor,
    }
    rows = []
    for row in closing.content["figures"]["movements"]:
        minor = by_the_close.get(row["kind"], 0)
        if number := row["number"] - bool(minor):
            rows.append({"kind": row["kind"], "number": number, "minor": row["minor"] - minor})
    return rows


def figures_of(closing: Closing) -> dict[str, Any]:
    """Return the figures a Z froze. Earlier ones did not count what else took a number of the register: whatever was no receipt."""
    said = closing.content["figures"]
    numbers = closing.receipts_until - closing.receipts_after
    earlier = {
        "numbers_after": closing.receipts_after,
        "numbers_until": closing.receipts_until,
        "other_papers": numbers - said["receipts"],
        "renumbered": 0,
    }
    return {**earlier, **said}


def explains_numbers(figures: dict[str, Any]) -> bool:
    """Say whether the numbers of an X or a Z need a word: some are not of receipts, or a receipt's paper has another."""
    return bool(figures["other_papers"] or figures["renumbered"])


# Everything a Z says, in the order in which its digest covers it.
_SEALED = (
    "id",
    "register_id",
    "store_id",
    "number",
    "business_date",
    "began_at",
    "closed_at",
    "person",
    "currency",
    "receipts_after",
    "receipts_until",
    "sales_minor",
    "returns_minor",
    "refunds_minor",
    "grand_sales_minor",
    "grand_returns_minor",
    "opening_cash_minor",
    "expected_cash_minor",
    "counted_cash_minor",
    "closing_cash_minor",
    "content",
)


def digest_of(closing: Closing) -> str:
    """Return the SHA-256 of everything a Z says, as hexadecimal digits."""
    said = [_plain(getattr(closing, name)) for name in _SEALED]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp().hex()
    return value if isinstance(value, dict | int) else str(value)


def _content(draft: Draft, found: Figures, store: Any) -> dict[str, Any]:
    merchant = merchants.get_merchant(current_merchant_id())
    shifts = Shift.objects.filter(closing_id=draft.span.closing_id).select_related("register").order_by("id")
    return {
        "merchant": merchant.name,
        "locale": merchant.locale,
        "zone": store.zone,
        "store": {
            "name": store.name,
            "address": store.address,
            "tax_number": store.tax_number,
            "organisation_number": store.organisation_number,
        },
        "register": {
            "id": str(draft.shift.register_id),
            "name": shifts[0].register.name,
            "code": shifts[0].register.code,
        },
        "figures": figures_json(found),
        "counted": {
            "denominations": draft.count.denominations,
            "loose_minor": draft.count.loose_minor,
            "tenders": draft.count.tenders,
            "counts": draft.shift.counts.count(),
        },
        "reason": draft.shift.reason,
        "accepted_by": draft.accepted_by,
        "shifts": [_shift_json(shift) for shift in shifts],
        "left_open": [blocker.as_json() for blocker in draft.left_open],
    }


def figures_json(found: Figures) -> dict[str, Any]:
    """Return figures as REST and a Z show them."""
    late = [{**asdict(item), "business_date": item.business_date.isoformat()} for item in found.late]
    return {
        "receipts": found.receipts,
        "first_receipt": found.first_receipt,
        "last_receipt": found.last_receipt,
        "numbers_after": found.numbers_after,
        "numbers_until": found.numbers_until,
        "other_papers": found.other_papers,
        "renumbered": found.renumbered,
        "sales_minor": found.sales_minor,
        "discounts": found.discounts,
        "discounts_minor": found.discounts_minor,
        "rounding_minor": found.rounding_minor,
        "tips_minor": found.tips_minor,
        "unfinished_minor": found.unfinished_minor,
        "paid_before_minor": found.paid_before_minor,
        "returns": found.returns,
        "returns_minor": found.returns_minor,
        "refunds_minor": found.refunds_minor,
        "taxes": [asdict(tax) for tax in found.taxes],
        "tenders": [{**asdict(tender), "net_minor": tender.net_minor} for tender in found.tenders],
        "movements": [asdict(movement) for movement in found.movements],
        "late": late,
        "opening_cash_minor": found.opening_cash_minor,
    }


def _shift_json(shift: Shift) -> dict[str, Any]:
    return {
        "id": str(shift.id),
        "person": shift.person,
        "opened_at": shift.opened_at.isoformat(),
        "ended_at": shift.ended_at.isoformat() if shift.ended_at else None,
        "float_minor": shift.float_minor,
        "expected_minor": shift.expected_minor,
        "counted_minor": shift.counted_minor,
        "difference_minor": shift.difference_minor,
    }


def _first_opening(shift: Shift) -> datetime:
    first: Shift | None = Shift.objects.filter(register_id=shift.register_id).order_by("id").first()
    return first.opened_at if first else shift.opened_at
