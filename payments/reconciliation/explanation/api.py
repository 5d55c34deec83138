"""The REST edge of the explanation: bank lines, payouts and payments, each with everything it is made of."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.filters import FilterReader
from merchant.core.rest import MerchantListView, MerchantView, require_store
from payments.reconciliation import queries
from payments.reconciliation.explanation import queries as explanation
from payments.reconciliation.explanation.queries import LINES_MAX, Explained
from payments.reconciliation.models import StatementLine

_AFTER = OpenApiParameter("after", OpenApiTypes.UUID, description="the last row of the page before")


class BankLinesView(MerchantListView):
    """What banks booked, newest first."""

    right = "reconciliation.read"

    def rows(self) -> QuerySet[StatementLine]:
        """Return every line."""
        return queries.list_bank_lines()

    def output(self, row: StatementLine) -> dict[str, Any]:
        """Return a line as it is shown."""
        return {
            "id": str(row.id),
            "statement_id": str(row.statement_id),
            "bank_account_id": str(row.bank_account_id),
            "booked_on": row.booked_on.isoformat(),
            "amount": {"amount_minor": row.amount_minor, "currency": row.currency},
            "text": row.text,
        }


class BankLineExplanationView(MerchantView):
    """A bank line down to the receipts."""

    right = "reconciliation.read"

    @extend_schema(parameters=[_AFTER], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, bank_line_id: UUID) -> Response:
        """Return its payouts, their steps from gross to net, rows, payments, orders and receipts. Sums tie to the minor unit; what nobody can explain is `unexplained_minor`."""
        found = explanation.explain_bank_line(bank_line_id, after=_after(request))
        parts = [
            {**_plain(part), "payout": _payout(found.payouts[part["payout_id"]]) if part["payout_id"] else None}
            for part in found.parts
        ]
        lines = sum(len(one.lines) for one in found.payouts.values())
        return Response(
            {
                "bank_line": _plain(found.line),
                "parts": parts,
                "unexplained_minor": found.unexplained_minor,
                "after": _last(list(found.payouts.values())) if lines == LINES_MAX else None,
            }
        )


class PayoutExplanationView(MerchantView):
    """A payout down to the receipts and up to the bank."""

    right = "settlement.read"

    @extend_schema(parameters=[_AFTER], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payout_id: UUID) -> Response:
        """Return its steps from gross to net, rows, payments, orders, receipts and bank lines."""
        found = explanation.explain_payout(payout_id, after=_after(request))
        return Response({**_payout(found), "after": _last([found]) if len(found.lines) == LINES_MAX else None})


class PaymentExplanationView(MerchantView):
    """A payment up to the bank."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payment_id: UUID) -> Response:
        """Return by which rows it was settled, in which payouts, on which bank lines, and its papers."""
        found = explanation.explain_payment(payment_id)
        require_store(self.caller, found.payment["store_id"])
        return Response(
            {
                "payment": _plain(found.payment),
                "operations": [_plain(row) for row in found.operations],
                "sums": found.sums,
                "not_settled_minor": found.not_settled_minor,
                "payouts": [_plain(row) for row in found.payouts],
                "bank_lines": [_plain(row) for row in found.bank_lines],
                "receipts": [_plain(row) for row in found.receipts],
            }
        )


def _payout(found: Explained) -> dict[str, Any]:
    return {
        **_plain(found.payout),
        "steps": [{"step": name, "amount_minor": minor} for name, minor in found.steps.items()],
        "unexplained_minor": found.unexplained_minor,
        "not_arrived_minor": found.payout["amount_minor"] - found.payout["arrived_minor"],
        "kinds": [_plain(row) for row in found.rows],
        "lines": [_plain(row) for row in found.lines],
        "lines_left_out": found.lines_left_out,
        "bank_lines": [_plain(row) for row in found.bank_lines],
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID | date) else value for name, value in row.items()}


def _after(request: Request) -> UUID | None:
    return FilterReader({"key": request.query_params.get("after", "")}, known=("key",)).key("key")


def _last(found: list[Explained]) -> str:
    return str(max(line["line_id"] for one in found for line in one.lines))
