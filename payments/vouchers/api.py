"""REST: gift cards and store credit: look up a balance, the cards of an order, block and unblock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core import limits
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from orders.order import queries as orders
from orders.order.models import OrderLine
from payments.records.models import Operation
from payments.vouchers import queries, serializers, services
from payments.vouchers.models import Voucher, VoucherMovement
from payments.vouchers.services import VoucherNotUsable

# A cashier asks for a few balances a minute; a guesser of 80-bit codes gets nowhere with ten.
_LOOK_UPS_PER_MINUTE = 10
_SHOWN = OpenApiResponse(description="The card without its code.")


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
        limits.consume(what="voucher-look-up", key=str(self.caller.id), most=_LOOK_UPS_PER_MINUTE, seconds=60)
        data = serializers.BalanceInput().run_validation(request.data)
        voucher = services.find_by_code(data["code"])
        if voucher is None:
            raise VoucherNotUsable()
        return Response(serializers.voucher_output(voucher, business_now(self.caller.merchant_id)))


class OrderVouchersView(MerchantView):
    """The cards that an order sold, or that its refunds made, with their codes: for the till that prints them."""

    right = "sale.create"

    @extend_schema(responses=OpenApiResponse(description="The cards with their codes."))
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return them. A topped-up card is not among them: its owner has the code."""
        order = orders.get_order(order_id)
        require_store(self.caller, order.store_id)
        now = business_now(self.caller.merchant_id)
        lines = OrderLine.objects.filter(order=order, kind="gift_card", variant_id=None)
        origins = [f"line:{line.id}:{piece}" for line in lines for piece in range(line.fulfilled_quantity)]
        refunds = Operation.objects.filter(order_id=order.id, kind="refund", status="succeeded")
        origins += [f"refund:{reference}" for reference in refunds.values_list("reference", flat=True)]
        cards = Voucher.objects.filter(origin__in=origins).order_by("id")
        shown = [{**serializers.voucher_output(card, now), "code": services.code_of(card)} for card in cards]
        return Response({"results": shown})


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
        data = serializers.BlockInput().run_validation(request.data)
        now = business_now(self.caller.merchant_id)
        change = services.block if self.is_blocking else services.unblock
        voucher = change(voucher_id=kwargs["voucher_id"], reason=data["reason"], now=now)
        return json_answer(200, serializers.voucher_output(voucher, now))


class UnblockView(BlockView):
    """Let a blocked card be spent again."""

    is_blocking = False
