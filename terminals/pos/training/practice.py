"""Answers of a till in training: formed like those of a real sale, marked as training, the drawer shut."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from merchant.core.callers import RegisterFacts
from merchant.core.idempotency.services import Answer, json_answer
from terminals.pos import serializers
from terminals.pos.training import services
from terminals.pos.training.models import TrainingSale

# What is said of everything practised.
MARK = {"training": True, "opens_drawer": False}


def sell(register: RegisterFacts, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise a cash sale in one call. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale = services.begin(
        register=register, wanted=serializers.wanted(data["lines"]), codes=data["codes"], now=now, note=data["note"]
    )
    services.require_total(sale, shown_minor=data["total_minor"], tendered_minor=data["tendered_minor"])
    tender = services.pay(
        register=register,
        sale_id=sale.id,
        method="cash",
        amount_minor=sale.total_minor,
        tendered_minor=data["tendered_minor"],
        now=now,
    )
    sale.refresh_from_db()
    document = {
        "order": order_document(sale),
        "payment_id": tender["id"],
        "change": serializers.money(data["tendered_minor"] - sale.total_minor, sale.currency),
        "receipt": receipt_document(sale),
        **MARK,
    }
    return json_answer(201, document)


def begin(register: RegisterFacts, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise beginning an order. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale = services.begin(
        register=register, wanted=serializers.wanted(data["lines"]), codes=data["codes"], now=now, note=data["note"]
    )
    return json_answer(201, order_document(sale))


def change(register: RegisterFacts, sale_id: UUID, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise other lines. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale = services.replace_lines(
        register=register,
        sale_id=sale_id,
        wanted=serializers.wanted(data["lines"]),
        codes=data["codes"],
        version=data["version"],
        now=now,
    )
    return json_answer(200, order_document(sale))


def pay(register: RegisterFacts, sale_id: UUID, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise a tender; a card is answered as asked (202), and is approved."""
    tender = services.pay(
        register=register,
        sale_id=sale_id,
        method=data["method"],
        amount_minor=data["amount"]["amount_minor"],
        tendered_minor=data["tendered_minor"],
        now=now,
    )
    sale = services.get(register, sale_id)
    if data["method"] == "card_present":
        return json_answer(202, operation_document(sale, tender, kind="authorise"))
    document = {
        "payment": payment_document(sale, tender),
        "order": order_document(sale),
        "receipt": receipt_document(sale) if sale.completed_at else None,
        **MARK,
    }
    return json_answer(201, document)


def take_back(register: RegisterFacts, sale_id: UUID, data: dict[str, Any]) -> Answer:
    """Practise a return. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale, total = services.take_back(register=register, sale_id=sale_id, quantities=serializers.summed(data["lines"]))
    refunds = [
        operation_document(sale, tender, kind="refund")
        for tender in sale.content["tenders"]
        if tender["refunded_minor"]
    ]
    document = {
        "return_id": str(sale.id),
        "total": serializers.money(total, sale.currency),
        "refunds": refunds,
        **MARK,
    }
    return json_answer(201, document)


def refund(register: RegisterFacts, payment_id: UUID, data: dict[str, Any]) -> Answer:
    """Practise a refund. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale, tender = services.refund(
        register=register, payment_id=payment_id, amount_minor=data["amount"]["amount_minor"]
    )
    return json_answer(202, operation_document(sale, tender, kind="refund"))


def operation(register: RegisterFacts, operation_id: UUID) -> dict[str, Any]:
    """Return what became of a practised tender: it was approved."""
    sale = services.find_by_part(register, operation_id)
    tender = next(one for one in sale.content["tenders"] if str(operation_id) in (one["operation_id"], one["id"]))
    return {**operation_document(sale, tender, kind="authorise"), "payment": payment_document(sale, tender)}


# Each would make something real: a card that can be redeemed, a coupon that is used up, a credit that is owed.
_NOT_PRACTISED = {"gift_cards": "gift cards", "coupon": "coupons", "as_credit": "store credit"}


def _require_practised(data: dict[str, Any]) -> None:
    for name, words in _NOT_PRACTISED.items():
        if data.get(name):
            raise services.PracticeRefused(reason=f"There are no {words} in training.")


def order_document(sale: TrainingSale) -> dict[str, Any]:
    """Return a practised order."""
    lines = sale.content["lines"]
    names = (
        "id",
        "sku",
        "name",
        "quantity",
        "unit_price_minor",
        "discount_minor",
        "total_minor",
        "tax_rate_basis_points",
    )
    return {
        "id": str(sale.id),
        "number": number_of(sale),
        "status": "completed" if sale.completed_at else "draft",
        "version": sale.version,
        "total": serializers.money(sale.total_minor, sale.currency),
        "tax": serializers.money(sum(line["tax_minor"] for line in lines), sale.currency),
        "open": serializers.money(services.open_minor(sale), sale.currency),
        "lines": [{name: line[name] for name in (*names, "tax_minor")} for line in lines],
        **MARK,
    }


def payment_document(sale: TrainingSale, tender: dict[str, Any]) -> dict[str, Any]:
    """Return a practised tender."""
    amount = serializers.money(tender["amount_minor"], sale.currency)
    change = max(0, (tender["tendered_minor"] or tender["amount_minor"]) - tender["amount_minor"])
    return {
        "id": tender["id"],
        "order_id": str(sale.id),
        "method": tender["method"],
        "status": "captured",
        "amount": amount,
        "approved": amount,
        "change": serializers.money(change, sale.currency),
        "card": {"brand": "", "last4": ""},
        "decline_code": "",
        **MARK,
    }


def operation_document(sale: TrainingSale, tender: dict[str, Any], *, kind: str) -> dict[str, Any]:
    """Return a practised operation, always approved."""
    minor = tender["refunded_minor"] if kind == "refund" else tender["amount_minor"]
    return {
        "id": tender["operation_id"],
        "payment_id": tender["id"],
        "order_id": str(sale.id),
        "kind": kind,
        "reference": tender["reference"],
        "status": "succeeded",
        "amount": serializers.money(minor, sale.currency),
        "terminal_id": None,
        "decline_code": "",
        "action_url": "",
        "status_url": f"/api/v1/operations/{tender['operation_id']}/",
        **MARK,
    }


def receipt_document(sale: TrainingSale) -> dict[str, Any]:
    """Return where the marked paper of a practised order is."""
    base = f"/api/v1/till/training/{sale.id}/receipt"
    return {
        "id": str(sale.id),
        "number": number_of(sale),
        "html_url": f"{base}.html",
        "pdf_url": f"{base}.pdf",
        "escpos_url": f"{base}.escpos",
    }


def number_of(sale: TrainingSale) -> str:
    """Return the number of a practised order, which no real one can have."""
    return f"T-{sale.number}"
