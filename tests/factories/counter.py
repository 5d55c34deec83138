"""A counter where somebody works: a shop's till with its drawer, driven through the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from inventory.pricing.services import Wanted
from merchant.accounts.callers import register_facts
from merchant.core.callers import RegisterFacts
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.merchants.models import Register
from payments.after_sales import services as after_sales
from payments.after_sales.services import RefundRules
from payments.records.models import Payment
from reports.verify.checks.registry import CHECKS
from reports.verify.look import Look
from terminals.pos import completing
from terminals.pos import services as pos
from terminals.pos.services import Basket
from terminals.pos.shifts import counting, drawer, figures, services
from terminals.pos.shifts.accepting import Acceptance
from terminals.pos.shifts.counting import Counted
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Closing, Count, Shift
from tests.factories.trade import CASHIER, Shop, a_shop

LEA = Person("Lea")
MANAGER, CASHIER_ALONE = Acceptance(is_own=True), Acceptance(is_own=False)


@dataclass
class Counter:
    """One register of a shop and the person at it."""

    shop: Shop = field(default_factory=lambda: a_shop(articles=2, stock=100_000))

    @property
    def facts(self) -> RegisterFacts:
        """The register as a sale knows it."""
        with self.scope():
            return register_facts(Register.objects.select_related("store").get(id=self.shop.register.id))

    def scope(self) -> Any:
        """Work for the shop's merchant."""
        return acting_for(self.shop.id, CASHIER)

    def open(self, float_minor: int = 20_000, person: Person = LEA) -> Shift:
        """Begin a shift."""
        with self.scope():
            return services.open_shift(register=self.facts, float_minor=float_minor, person=person, now=machine_now())

    def sell(self, *quantities: int) -> Any:
        """Sell for cash in one call."""
        return self.shop.sell(*quantities)

    def begin(self, quantity: int = 1) -> Any:
        """Begin an order and leave it a draft."""
        with self.scope(), transaction.atomic():
            wanted = [Wanted(self.shop.variants[0].sku, quantity)]
            return pos.begin_order(register=self.facts, basket=Basket(wanted), now=machine_now())

    def pay_cash(self, order_id: UUID, minor: int) -> Payment:
        """Take cash towards an order."""
        with self.scope():
            return completing.take_cash(
                order_id=order_id,
                register=self.facts,
                amount=Money(minor, "EUR"),
                tendered_minor=minor,
                now=machine_now(),
            )

    def give_back(self, payment_id: UUID, minor: int) -> None:
        """Refund cash at this till, without goods."""
        with self.scope():
            after_sales.refund_payment(
                payment_id=payment_id, amount=Money(minor, "EUR"), reason="goodwill", now=machine_now(),
                rules=RefundRules(None, register_id=self.shop.register.id),
            )  # fmt: skip

    def take_back(self, sale: Any, quantity: int = 1) -> None:
        """Take goods of a sale back for their money."""
        with self.scope():
            after_sales.return_goods(
                order_id=sale.order.id, quantities={sale.order.line_ids[0]: quantity}, is_restocked=True, reason="broken",
                now=machine_now(), store_id=self.shop.store.id, rules=RefundRules(None, register_id=self.shop.register.id),
            )  # fmt: skip

    def move(self, shift: Shift, kind: str, minor: int, reason: str = "change") -> Any:
        """Move the drawer's cash."""
        with self.scope():
            return drawer.move_cash(
                shift_id=shift.id, kind=kind, amount_minor=minor, reason=reason, person=LEA, now=machine_now()
            )

    def count(self, shift: Shift, *, off_minor: int = 0, tenders: dict[str, int] | None = None) -> Count:
        """Count what lies there, `off_minor` beside it."""
        with self.scope():
            return counting.count_drawer(
                shift_id=shift.id, counted=Counted({}, self.holds() + off_minor, tenders), person=LEA, now=machine_now()
            )

    def close(self, shift: Shift, *, off_minor: int = 0, now: datetime | None = None, **changes: Any) -> Closing:
        """Count and close."""
        count = changes.pop("count", None) or self.count(shift, off_minor=off_minor)
        asked: dict[str, Any] = {
            "shift_id": shift.id, "count_id": count.id, "left_minor": 0, "reason": "", "unsent": 0, "leaves_orders": False,
            "acceptance": MANAGER, "person": LEA, "now": now or machine_now(),
        }  # fmt: skip
        with self.scope():
            return services.close_shift(**asked | changes)

    def hand_over(self, shift: Shift, to: Person, *, off_minor: int = 0, reason: str = "") -> Shift:
        """Count and hand over."""
        count = self.count(shift, off_minor=off_minor)
        with self.scope():
            return services.hand_over(
                shift_id=shift.id, count_id=count.id, to=to, reason=reason, acceptance=MANAGER, now=machine_now()
            )

    def holds(self) -> int:
        """What should lie in the drawer."""
        with self.scope():
            return figures.drawer_minor(figures.span_of(self.shop.register.id))

    def booked(self, kind: str = "cash_register", subject: str | None = None) -> int:
        """What the books say lies there."""
        with self.scope():
            subject = str(self.shop.register.id) if kind == "cash_register" else subject
            return ledger.balance(kind, subject=subject).get("EUR", 0)

    def figures(self) -> figures.Figures:
        """An X."""
        with self.scope():
            return figures.take_figures(figures.span_of(self.shop.register.id))

    def violations(self) -> list[tuple[str, Any]]:
        """What `verify` finds wrong with the shifts."""
        checks = [check for check in CHECKS if check.name.startswith("shifts.")]
        with self.scope():
            look = Look(self.shop.id, machine_now())
            return [(check.name, check.run(look).violations) for check in checks if check.run(look).violations]
