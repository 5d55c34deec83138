"""Rules of drawers, training, and deposits to the bank over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts import queries as accounts
from merchant.core.callers import Caller
from merchant.core.clock import business_date, business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.merchants.models import Register
from payments.reconciliation import deposits
from payments.reconciliation.models import Deposit
from terminals.pos.shifts import drawer, queries, serializers
from terminals.pos.shifts.api import page_of, person_of, valid
from terminals.pos.shifts.serializers import DepositOutput
from terminals.pos.training import services as training


class DrawerView(MerchantView):
    """`GET` and `PUT /api/v1/registers/{id}/drawer/`."""

    right = {"GET": "shift.read", "PUT": "shift.approve"}

    @extend_schema(operation_id="get_drawer", responses=serializers.DrawerOutput)
    def get(self, request: Request, register_id: UUID) -> Response:
        """Show the rules of a register's drawer."""
        register = own_register(self.caller, register_id)
        return Response(serializers.DrawerOutput(queries.drawer_of(register.id)).data)

    @extend_schema(operation_id="set_drawer", request=serializers.DrawerInput, responses=serializers.DrawerOutput)
    def put(self, request: Request, register_id: UUID) -> Response:
        """Set them."""
        register = own_register(self.caller, register_id)
        data = valid(serializers.DrawerInput, request)
        now = business_now(self.caller.merchant_id)
        drawer.set_rules(register_id=register.id, **data, now=now)
        drawer.check_limit(register.id, now=now)
        return Response(serializers.DrawerOutput(queries.drawer_of(register.id)).data)


class TrainingView(MerchantView):
    """`PUT /api/v1/registers/{id}/training/`."""

    right = "shift.approve"

    @extend_schema(
        operation_id="switch_training", request=serializers.TrainingInput, responses=serializers.TrainingInput
    )
    def put(self, request: Request, register_id: UUID) -> Response:
        """Put a register into training or take it out, while no shift is open there."""
        register = own_register(self.caller, register_id)
        data = valid(serializers.TrainingInput, request)
        now = business_now(self.caller.merchant_id)
        switched = training.switch(register_id=register.id, is_training=data["is_training"], now=now)
        return Response({"is_training": switched.is_training})


class DepositsView(MerchantActView):
    """`GET` and `POST /api/v1/deposits/`."""

    right = {"GET": "shift.read", "POST": "shift.manage"}

    @extend_schema(operation_id="list_deposits", responses=serializers.DepositPage)
    def get(self, request: Request) -> Response:
        """List cash deposits, newest first, and what of each the bank has credited."""
        rows = Deposit.objects.all()
        if self.caller.stores is not None:
            rows = rows.filter(store_id__in=self.caller.stores)
        return Response(page_of(rows, request.query_params.dict(), DepositOutput))

    @extend_schema(operation_id="send_deposit", request=serializers.DepositInput, responses={201: DepositOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send cash of a store's safe to the bank. The statement that brings it is found by its reference, or by its amount."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, send."""
        data = valid(serializers.DepositInput, request)
        store_id = self.caller.store_id or data["store_id"]
        if store_id is None:
            raise Invalid(reason=_("name the store"))
        require_store(self.caller, store_id)
        store = accounts.list_stores(self.caller.stores).filter(id=store_id).first()
        if store is None:
            raise NotFound()
        now = business_now(self.caller.merchant_id)
        deposit = deposits.send_deposit(
            store_id=store.id,
            amount=Money(data["amount_minor"], data["currency"]),
            person=person_of(self.caller, data["member_id"], store.id).name,
            day=business_date(now, zone=store.zone, cutoff=store.day_cutoff),
            now=now,
            reference=data["reference"],
        )
        return json_answer(201, DepositOutput(deposit).data)


def own_register(caller: Caller, register_id: UUID) -> Register:
    """Return a register of a store the caller may touch. :raises NotFound: for others."""
    register = accounts.get_register(register_id)
    require_store(caller, register.store_id)
    return register
