"""Answers of a till in training: formed like those of a real sale, marked as training, the drawer shut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from merchant.core.callers import RegisterFacts
from merchant.core.idempotency.services import Answer, json_answer
from orders.placing.discounts import Given
from payments.after_sales.serializers import amount_of
from payments.processing.refusals import demand_currency
from terminals.pos import serializers
from terminals.pos.splitting.services import Share
from terminals.pos.training import services, tables
from terminals.pos.training.models import TrainingSale

# What is said of everything practised.
MARK = {"training": True, "opens_drawer": False}


def sell(register: RegisterFacts, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise a cash sale in one call. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale = services.begin(
        register=register, wanted=serializers.wanted(data["lines"]), codes=data["codes"], now=now, note=data["note"]
    )
    services.require_total(sale, shown_minor=data["total_minor"])
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
        "order": order_document(register, sale),
        "payment_id": tender["id"],
        "rounding": serializers.money(tender["rounding_minor"], sale.currency),
        "to_pay": serializers.money(sale.total_minor + tender["rounding_minor"], sale.currency),
        "change": serializers.money(
            data["tendered_minor"] - sale.total_minor - tender["rounding_minor"], sale.currency
        ),
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
    return json_answer(201, order_document(register, sale))


def change(register: RegisterFacts, sale_id: UUID, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise other lines. :raises PracticeRefused: for what is not practised."""
    _require_practised(data)
    sale = tables.replace_lines(
        register=register,
        sale_id=sale_id,
        wanted=serializers.wanted(data["lines"]),
        codes=data["codes"],
        version=data["version"],
        now=now,
    )
    return json_answer(200, order_document(register, sale))


def discounts(register: RegisterFacts, sale_id: UUID) -> dict[str, Any]:
    """Return a practised order with its lines and who took what off."""
    return _discounted(register, services.get(register, sale_id))


def give_discount(register: RegisterFacts, sale_id: UUID, given: Given, *, version: int) -> Answer:
    """Practise a discount."""
    sale = tables.give_discount(register=register, sale_id=sale_id, given=given, version=version)
    return json_answer(201, _discounted(register, sale))


def take_discount_back(register: RegisterFacts, sale_id: UUID, discount_id: UUID, *, version: int) -> Answer:
    """Practise taking a discount back."""
    sale = tables.take_discount_back(register=register, sale_id=sale_id, discount_id=discount_id, version=version)
    return json_answer(200, _discounted(register, sale))


def split(register: RegisterFacts, sale_id: UUID, mode: str, wanted: Sequence[Share]) -> Answer:
    """Practise sharing a bill."""
    tables.split(register=register, sale_id=sale_id, mode=mode, wanted=wanted)
    return json_answer(201, parts(register, sale_id))


def parts(register: RegisterFacts, sale_id: UUID) -> dict[str, Any]:
    """Return a shared bill with what each still owes."""
    sale = services.get(register, sale_id)

    def money(minor: int) -> dict[str, Any]:
        return serializers.money(minor, sale.currency)

    shared = tables.dues(register, sale)
    return {
        "order_id": str(sale.id),
        "mode": sale.content["split"]["mode"],
        "total": money(sale.total_minor),
        "open": money(services.open_minor(sale)),
        "parts": [
            {
                "id": part["id"],
                "name": part["name"],
                "share": money(part["share_minor"]),
                "paid": money(paid),
                "due": money(due),
                "items": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in part["items"]],
            }
            for part, paid, due in shared
        ],
        **MARK,
    }


def complete(register: RegisterFacts, sale_id: UUID, *, version: int, now: datetime) -> Answer:
    """Practise completing an order that costs nothing."""
    sale = services.complete_free(register=register, sale_id=sale_id, version=version, now=now)
    return json_answer(201, {"order": order_document(register, sale), "receipt": receipt_document(sale), **MARK})


@transaction.atomic
def pay(register: RegisterFacts, sale_id: UUID, data: dict[str, Any], *, now: datetime) -> Answer:
    """Practise a tender; a card is answered as asked (202), and is approved. :raises WrongCurrency: as a real till does."""
    demand_currency(amount_of(data["amount"]), register.currency)
    tables.require_part(
        register,
        services.get_for_update(register, sale_id),
        part_id=data["part_id"],
        amount_minor=data["amount"]["amount_minor"],
        is_cash=data["method"] == "cash",
    )
    tender = services.pay(
        register=register,
        sale_id=sale_id,
        method=data["method"],
        amount_minor=data["amount"]["amount_minor"],
        tendered_minor=data["tendered_minor"],
        now=now,
        part_id=data["part_id"],
    )
    sale = services.get(register, sale_id)
    if data["method"] == "card_present":
        return json_answer(202, operation_document(sale, tender, kind="authorise"))
    document = {
        "payment": payment_document(sale, tender),
        "order": order_document(register, sale),
        "receipt": receipt_document(sale) if sale.completed_at else None,
        "gift_card": None,
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
    """Practise a refund. :raises PracticeRefused: for what is not practised. :raises WrongCurrency: as a real till does."""
    _require_practised(data)
    demand_currency(amount_of(data["amount"]), register.currency)
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
_NOT_PRACTISED = {
    "gift_cards": gettext_noop("gift cards"),
    "coupon": gettext_noop("coupons"),
    "as_credit": gettext_noop("store credit"),
}


def _require_practised(data: dict[str, Any]) -> None:
    for name, words in _NOT_PRACTISED.items():
        if data.get(name):
            raise services.PracticeRefused(reason=_("There are no {words} in training.").format(words=_(words)))


def order_document(register: RegisterFacts, sale: TrainingSale) -> dict[str, Any]:
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
        "discount": serializers.money(sum(line["discount_minor"] for line in lines), sale.currency),
        "open": serializers.money(services.open_minor(sale), sale.currency),
        "open_in_cash": serializers.money(services.cash_to_pay(register, sale), sale.currency),
        "lines": [
            {
                **{name: line[name] for name in (*names, "tax_minor")},
                "staff_discount_minor": line.get("staff_discount_minor", 0),
            }
            for line in lines
        ],
        **MARK,
    }


def _discounted(register: RegisterFacts, sale: TrainingSale) -> dict[str, Any]:
    def money(minor: int) -> dict[str, Any]:
        return serializers.money(minor, sale.currency)

    rows = [
        {
            "id": row["id"],
            "variant_id": row["variant_id"],
            "percent_basis_points": row["percent_basis_points"] or None,
            "amount": money(row["amount_minor"]) if row["amount_minor"] else None,
            "off": money(row["applied_minor"]),
            "reason": row["reason"],
            "given_by": row["given_by_name"],
            "approval_id": None,
        }
        for row in sale.content.get("discounts", [])
    ]
    return {**order_document(register, sale), "discounts": rows}


def payment_document(sale: TrainingSale, tender: dict[str, Any]) -> dict[str, Any]:
    """Return a practised tender."""
    amount = serializers.money(tender["amount_minor"], sale.currency)
    rounding = tender.get("rounding_minor", 0)
    in_drawer = tender["amount_minor"] + rounding
    change = max(0, (tender["tendered_minor"] or in_drawer) - in_drawer)
    return {
        "id": tender["id"],
        "order_id": str(sale.id),
        "method": tender["method"],
        "status": "captured",
        "amount": amount,
        "approved": amount,
        "rounding": serializers.money(rounding, sale.currency),
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
