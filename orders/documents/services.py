"""Issue documents: numbered without gaps, frozen as they are handed over."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from inventory.pricing.services import PricedLine
from merchant.core import db
from merchant.core.ids import new_id
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.merchants import queries as merchants
from merchant.merchants.models import Store
from orders.documents.models import Document
from orders.order.models import Order


@dataclass(frozen=True, slots=True)
class Tender:
    """How a part was paid, as printed. `change_minor` is what went back over the counter; `tip_minor` is in the amount and pays for nothing."""

    method: str
    amount_minor: int
    tendered_minor: int | None = None
    change_minor: int = 0
    card_brand: str = ""
    card_last4: str = ""
    auth_code: str = ""
    tip_minor: int = 0
    # What was left on a gift card then, and how its code ends; None for other tenders, and where nobody knows.
    left_minor: int | None = None
    card_hint: str = ""


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document as just issued."""

    id: UUID
    number: int
    series: str
    access_token: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What a receipt says, handed in by whoever knows it."""

    kind: str
    # None: goods came back without a receipt.
    order_id: UUID | None
    order_number: str
    currency: str
    lines: Sequence[PricedLine]
    tenders: Sequence[Tender]
    store: Store | None
    register_id: UUID | None
    register_name: str
    business_date: date
    issued_at: datetime
    sign: int = 1
    # What the till printed while it was offline.
    printed_number: int | None = None
    # What cash paid beyond the total, negative less, because there are no smaller coins. The tenders hold it.
    rounding_minor: int = 0
    register_code: str = ""
    # What only invoices say: who is billed, what they refer to. Stored as it is.
    details: Mapping[str, Any] = field(default_factory=dict)
    # The language it is written in, "" for the merchant's own.
    language: str = ""
    # Who served, None for who acts now. "" where nobody did.
    served_by: str | None = None


def issue(paper: Paper) -> IssuedDocument:
    """
    Number and store a document in the caller's transaction, with one statement.

    Register documents take the register's own next number and lock that register's row, others the merchant's sequence: call this last before commit.
    """
    content = content_of(paper)
    issued_id, token = new_id(), secrets.token_urlsafe(16)
    series = f"register:{paper.register_id}" if paper.register_id else paper.kind
    values = {
        "id": issued_id,
        "merchant": current_merchant_id(),
        "kind": paper.kind,
        "series": series,
        "order": paper.order_id,
        "register": paper.register_id,
        "day": paper.business_date,
        "now": paper.issued_at,
        "total": content["total_minor"],
        "currency": paper.currency,
        "content": db.json_text(content),
        "token": token,
        "sequence": new_id(),
    }
    [(number,)] = db.prepared_rows((_FROM_REGISTER if paper.register_id else _FROM_SEQUENCE) + _STORE, values)
    return IssuedDocument(issued_id, number, series, token)


def _code(before: str, number: str) -> str:
    """SQL of a paper's control code: a digest of the code before it in its series and of what the paper says."""
    return f"""encode(sha256(convert_to(concat_ws('|', {before}, %(series)s::text, {number}, extract(epoch FROM %(now)s::timestamptz), %(total)s::bigint,
        %(currency)s::text, %(content)s::jsonb::text), 'UTF8')), 'hex')"""


_FROM_REGISTER = f"""
WITH numbered AS (
    UPDATE merchant_register SET last_receipt_number = last_receipt_number + 1, last_control_code = {_code("last_control_code", "last_receipt_number + 1")}
    WHERE merchant_id = %(merchant)s AND id = %(register)s RETURNING last_receipt_number AS number, last_control_code AS code
)"""  # noqa: S608
_FROM_SEQUENCE = f"""
WITH numbered AS (
    INSERT INTO document_sequence (id, merchant_id, series, last_number, last_control_code)
    VALUES (%(sequence)s, %(merchant)s, %(series)s::text, 1, {_code("''", "1")})
    ON CONFLICT (merchant_id, series) DO UPDATE SET last_number = document_sequence.last_number + 1,
        last_control_code = {_code("document_sequence.last_control_code", "document_sequence.last_number + 1")}
    RETURNING last_number AS number, last_control_code AS code
)"""  # noqa: S608
_STORE = """
INSERT INTO document_document (id, merchant_id, kind, series, number, order_id, register_id, business_date, issued_at, total_minor, currency,
    content, access_token, control_code)
SELECT %(id)s, %(merchant)s, %(kind)s, %(series)s, number, %(order)s, %(register)s, %(day)s, %(now)s, %(total)s, %(currency)s,
    %(content)s::jsonb, %(token)s, code FROM numbered RETURNING number
"""


def content_of(paper: Paper) -> dict[str, Any]:
    """Return every figure and word of a paper, as it is stored."""
    merchant = merchants.get_merchant(current_merchant_id())
    store = paper.store
    return {
        "merchant": merchant.name,
        "locale": paper.language or merchant.locale,
        "store": store
        and {
            "name": store.name,
            "address": store.address,
            "tax_number": store.tax_number,
            "organisation_number": store.organisation_number,
            "zone": store.zone,
        },
        "zone": store.zone if store else merchant.zone,
        "register": paper.register_name,
        "register_code": paper.register_code,
        "cashier": current_actor().name if paper.served_by is None else paper.served_by,
        "order_number": paper.order_number,
        "currency": paper.currency,
        "sign": paper.sign,
        **({"printed_number": paper.printed_number} if paper.printed_number else {}),
        "lines": [
            {
                "name": line.name,
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "includes_tax": line.includes_tax,
                "discount_minor": line.discount_minor,
                "total_minor": line.total_minor,
                "tax_rate_basis_points": line.tax_rate_basis_points,
            }
            for line in paper.lines
        ],
        "taxes": _taxes(paper.lines),
        "total_minor": sum(line.total_minor for line in paper.lines),
        "rounding_minor": paper.rounding_minor,
        "tenders": [
            {
                "method": tender.method,
                "amount_minor": tender.amount_minor,
                "tendered_minor": tender.tendered_minor,
                "change_minor": tender.change_minor,
                "card_brand": tender.card_brand,
                "card_last4": tender.card_last4,
                "auth_code": tender.auth_code,
                **({"tip_minor": tender.tip_minor} if tender.tip_minor else {}),
                **(
                    {}
                    if tender.left_minor is None
                    else {"left_minor": tender.left_minor, "card_hint": tender.card_hint}
                ),
            }
            for tender in paper.tenders
        ],
        **paper.details,
    }


def find_seller(order: Order) -> Store | None:
    """
    Return the store whose address and VAT number stand on an order's papers, None while the business has no store.

    What no store sold is sold by the one its channel takes goods from, else by the business's first.
    """
    found: Store | None = order.store or order.channel.stock_store or Store.objects.order_by("id").first()
    return found


def number_words(document: Document) -> str:
    """Return a document's number as it is printed: a till's with its name."""
    register = document.content["register"]
    return f"{register}-{document.number}" if register else str(document.number)


def _taxes(lines: Sequence[PricedLine]) -> list[dict[str, int]]:
    rates: dict[int, tuple[int, int]] = {}
    for line in lines:
        total, tax = rates.get(line.tax_rate_basis_points, (0, 0))
        rates[line.tax_rate_basis_points] = (total + line.total_minor, tax + line.tax_minor)
    return [
        {"rate_basis_points": rate, "net_minor": total - tax, "tax_minor": tax, "total_minor": total}
        for rate, (total, tax) in sorted(rates.items())
    ]
