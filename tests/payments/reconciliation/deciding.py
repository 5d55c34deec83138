"""Deciding about an exception in a few words."""

from __future__ import annotations

from payments.reconciliation.desk import services
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.models import Deviation
from tests.payments.books import Books


def decide(books: Books, found: Deviation, way: str, *, account: str = "", role: str = "owner") -> Decision:
    """Close an exception as somebody whose role has no limit."""
    choice = Choice(way, "Agreed with the processor", account)
    return services.decide(exception_id=found.id, choice=choice, role=role, now=books.now)
