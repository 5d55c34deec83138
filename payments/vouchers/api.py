"""REST: gift cards and store credit: look up a balance, the cards of an order, block and unblock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, valid
from orders.documents.api import answer as file_answer
from orders.documents.render import FORMATS
from orders.order import queries as orders
from payments.vouchers import guesses, papers, queries, serializers, services
from payments.vouchers.models import Voucher, VoucherMovement
from payments.vouchers.services import VoucherNotUsable

_SHOWN = OpenApiResponse(description="The card without its code.")


class CodeNotShown(AppError):
    """The card was made long ago, so its code is its owner's alone."""

    code = "code_not_shown"
    status = 403
    detail = "The code of this card is shown for a day only; that is over."
    next_step = "Ask somebody who manages gift cards to print it again."


class VouchersView(MerchantView):
    """Cards, the newest first."""

    right = "voucher.read"

    @extend_schema(responses=OpenApiResponse(description="A page of cards."))
    def get(self, request: Request) -> Response:
        """List cards; their codes are not shown."""
        now = business_now(self.caller.merchant_id)
        params = request.query_params
        found = page(Voucher.objects.all(), after=params.get("after"), before=params.get("before"))
        return Response(
            {
                "results": [serializers.voucher_output(row, now) for row in found.rows],
                "older": found.older,
                "newer": found.newer,
            }
        )


class VoucherView(MerchantView):
    """One card with its movements."""

    right = "voucher.read"

    @extend_schema(responses=_SHOWN)
    def get(self, request: Request, voucher_id: UUID) -> Response:
        """Return it."""
        voucher = queries.get_voucher(voucher_id)
        moved = VoucherMovement.objects.filter(voucher=voucher).order_by("id")
        shown = serializers.voucher_output(voucher, business_now(self.caller.merchant_id))
        return Response({**shown, "movements": [serializers.movement_output(row, voucher.currency) for row in moved]})


class BalanceLookUpView(MerchantView):
    """What is on a card: ten questions a minute for each till."""

    right = "sale.create"

    @extend_schema(request=serializers.BalanceInput, responses=_SHOWN)
    def post(self, request: Request) -> Response:
        """Return the card; for an unknown code the same refusal as for one that cannot be used."""
        guesses.count_look_up(self.caller.id)
        data = valid(serializers.BalanceInput, request)
        voucher = services.find_by_code(data["code"])
        if voucher is None:
            raise VoucherNotUsable()
        return Response(serializers.voucher_output(voucher, business_now(self.caller.merchant_id)))


class OrderVouchersView(MerchantView):
    """The cards that an order sold, or that its refunds made, with their codes: for the till that prints them."""

    right = "sale.create"

    @extend_schema(responses=OpenApiResponse(description="The cards with their codes, while these are shown."))
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return them. A day later `code` is empty, except for who manages cards."""
        order, now = orders.get_own_order(self.caller, order_id), business_now(self.caller.merchant_id)
        shown = [
            {
                **serializers.voucher_output(card, now),
                "code": services.code_of(card) if _may_see(self, card, now) else "",
                "papers": {kind: f"/api/v1/orders/{order.id}/vouchers/{card.id}/card.{kind}" for kind in FORMATS},
            }
            for card in queries.list_made_by(order.id)
        ]
        return Response({"results": shown})


class VoucherPaperView(MerchantView):
    """`GET /api/v1/orders/{id}/vouchers/{id}/card.html`, `.pdf` or `.escpos`."""

    right = "sale.create"

    @extend_schema(
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY)
            for kind in ("text/html", "application/pdf", "application/vnd.escpos")
        }
    )
    def get(self, request: Request, order_id: UUID, voucher_id: UUID, format_: str) -> HttpResponse:
        """Return a card that an order made as a page, a PDF or bytes for a receipt printer, with its code. Each time is recorded."""
        order, now = orders.get_own_order(self.caller, order_id), business_now(self.caller.merchant_id)
        card = queries.list_made_by(order.id).filter(id=voucher_id).first()
        if card is None:
            raise NotFound()
        if not _may_see(self, card, now):
            raise CodeNotShown()
        with transaction.atomic():
            audit.record("voucher.printed", subject=f"voucher:{card.id}", now=now)
        return file_answer(papers.render_card(card, order, format_=format_, now=now))


def _may_see(view: MerchantView, card: Voucher, now: datetime) -> bool:
    return queries.is_code_shown(card, now) or view.caller.has_right("voucher.manage")


class BlockView(MerchantActView):
    """Stop a card that was lost or stolen."""

    right = "voucher.manage"
    is_blocking = True

    @extend_schema(request=serializers.BlockInput, responses=_SHOWN)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Block, or let it be spent again."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, change, answer."""
        data = valid(serializers.BlockInput, request)
        now = business_now(self.caller.merchant_id)
        change = services.block if self.is_blocking else services.unblock
        voucher = change(voucher_id=kwargs["voucher_id"], reason=data["reason"], now=now)
        return json_answer(200, serializers.voucher_output(voucher, now))


class UnblockView(BlockView):
    """Let a blocked card be spent again."""

    is_blocking = False
