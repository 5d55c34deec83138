"""What happens at a counter, in one call each, for tests of what happens after one another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inventory.pricing.models import ListPrice
from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.ledger import queries as ledger
from merchant.ledger import services as ledger_services
from merchant.ledger.recipes import between
from orders.documents.models import Document, Invoice
from orders.order.models import Order
from payments.after_sales.models import LooseReturn
from payments.records.models import Operation, Payment
from payments.vouchers import services as vouchers
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import a_staff_member
from tests.factories.goods import a_price_list
from tests.terminals.pos.counter import Counter

ALWAYS = tuple(check for check in CHECKS if check.name.split(".")[0] in ("books", "orders", "money", "stock", "shifts"))
BUYER = {"name": "Café Nord AB", "street": "Storgatan 1", "postal_code": "111 22", "city": "Stockholm", "country": "SE"}


def owner(counter: Counter) -> Any:
    return signed_in(a_staff_member(counter.merchant, role="owner"))


def put(counter: Counter, path: str, **values: Any) -> None:
    answer = owner(counter).put(f"/api/v1/{path}/", values, content_type="application/json")
    assert answer.status_code == 200, answer.content


def list_price(counter: Counter, minor: int, *, article: int = 0, **of_list: Any) -> None:
    made = a_price_list(counter.merchant, store=counter.store, **of_list)
    with counter.scope():
        ListPrice.objects.create(price_list=made, variant=counter.goods[article], amount_minor=minor)


def sell(counter: Counter, *quantities: int) -> dict[str, Any]:
    answer = counter.left.post("sales/", {"lines": counter.lines(*quantities), "tendered_minor": 100_000})
    assert answer.status_code == 201, answer.content
    return answer.json()  # type: ignore[no-any-return]


def exchange(
    counter: Counter, order: dict[str, Any], to: list[dict[str, Any]], *, quantity: int = 1, **more: Any
) -> Any:
    back = [{"line_id": order["lines"][0]["id"], "quantity": quantity}]
    basket = {"lines": to} | more.pop("basket", {})
    return counter.left.post(
        f"orders/{order['id']}/exchanges/", {"back": back, "basket": basket, "reason": "size", **more}
    )


def discounted(counter: Counter, order: dict[str, Any], **given: Any) -> dict[str, Any]:
    body = {"reason": "scratched", "version": order["version"]} | given
    answer = counter.left.post(f"orders/{order['id']}/discounts/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()  # type: ignore[no-any-return]


def offline(counter: Counter, total: int, *, tenders: list[dict[str, Any]] | None = None, **more: Any) -> Any:
    body = {
        "lines": [{"article": counter.goods[0].sku, "quantity": more.pop("quantity", 1), "total_minor": total}],
        "tenders": tenders or [{"method": "cash", "amount_minor": total}],
        "sold_at": (business_now(counter.merchant.id) - timedelta(minutes=10)).isoformat(),
    }
    return counter.left.post("offline-sales/", body | more)


def a_gift_card(counter: Counter, minor: int) -> str:
    with counter.scope():
        amount, now = Money(minor, counter.store.currency), business_now(counter.merchant.id)
        legs = between(debit=("cash_safe", ""), credit=("voucher_liability", ""), minor=minor, currency=amount.currency)
        ledger_services.post(
            recipe="card_sold", source="card", about="card", legs=legs, business_date=now.date(), now=now
        )
        return vouchers.issue(amount=amount, source="test", now=now)[1]


def balance(counter: Counter, account: str) -> int:
    with counter.scope():
        return ledger.balance(account).get(counter.store.currency, 0)


def holds(counter: Counter) -> None:
    deliver_events()
    lines = verify.verify(merchant_id=counter.merchant.id, checks=ALWAYS)
    broken = {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds}
    assert broken == {}, broken


def counts(counter: Counter) -> tuple[int, ...]:
    with counter.scope():
        return tuple(model.objects.count() for model in (Order, Payment, Operation, Document, LooseReturn))


def split_version(counter: Counter, order: dict[str, Any]) -> int:
    with counter.scope():
        return Order.objects.get(id=order["id"]).version


def bill(counter: Counter, order_id: str) -> Any:
    answer = counter.left.post(f"orders/{order_id}/invoices/", {"buyer": BUYER})
    assert answer.status_code == 201, answer.content
    return answer.json()


def billed_minor(counter: Counter, order_id: str) -> int:
    """What the customer's papers say they owe or paid."""
    with counter.scope():
        rows = Invoice.objects.filter(order_id=order_id)
        return sum(-row.total_minor if row.kind == "credit_note" else row.total_minor for row in rows)
