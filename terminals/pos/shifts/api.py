"""The REST edge of shifts: tablets open, move, count, hand over and close; people in the back office may too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from merchant.accounts import queries as accounts
from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.numbers import whole_number
from merchant.core.pagination import PAGE_SIZE
from merchant.core.pagination import page as paged
from merchant.core.rest import MerchantActView, MerchantView, require_store
from terminals.pos.shifts import blockers, counting, drawer, queries, serializers, services
from terminals.pos.shifts.accepting import ACCEPTS, Acceptance
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Shift
from terminals.pos.shifts.queries import SHIFT_FILTERS
from terminals.pos.shifts.serializers import ClosingOutput, CountOutput, MovementOutput, ShiftOutput


class CurrentShiftView(MerchantView):
    """`GET /api/v1/till/shift/`."""

    right = "shift.read"

    @extend_schema(operation_id="get_current_shift", responses=serializers.CurrentShiftOutput)
    def get(self, request: Request) -> Response:
        """Show the shift that is open at the calling tablet's register, what it counts by, and what keeps it from closing."""
        register = self.caller.register
        if register is None:
            raise NotFound()
        shift = queries.find_open_shift(register.register_id)
        found = [*blockers.list_open_payments(register.register_id), *blockers.list_open_orders(register.register_id)]
        document = serializers.current_output(
            shift,
            queries.drawer_of(register.register_id),
            currency=register.currency,
            is_training=register.is_training,
            blockers=[blocker.as_json() for blocker in found],
        )
        return Response(document)


class CashiersView(MerchantView):
    """`GET /api/v1/till/cashiers/`."""

    right = "shift.read"

    @extend_schema(operation_id="list_cashiers", responses=serializers.CashiersOutput)
    def get(self, request: Request) -> Response:
        """List who may stand at the calling tablet's till, by name."""
        if self.caller.store_id is None:
            raise NotFound()
        people = queries.list_cashiers(self.caller.store_id)
        return Response({"results": [serializers.cashier_output(member) for member in people]})


class ShiftsView(MerchantActView):
    """`GET` and `POST /api/v1/shifts/`."""

    right = {"GET": "shift.read", "POST": "shift.manage"}

    @extend_schema(operation_id="list_shifts", responses=serializers.ShiftPage)
    def get(self, request: Request) -> Response:
        """List shifts, newest first, by status, store, register and business days."""
        params = request.query_params.dict()
        rows = queries.find_shifts(queries.read_filters(params, known=SHIFT_FILTERS, only_stores=self.caller.stores))
        return Response(page_of(rows, params, ShiftOutput))

    @extend_schema(operation_id="open_shift", request=serializers.OpenShiftInput, responses={201: ShiftOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Open a shift with its float. 409 while one is open at the register."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, open."""
        data = valid(serializers.OpenShiftInput, request)
        register = self.caller.register
        if register is None:
            found = accounts.get_register(data["register_id"]) if data["register_id"] else None
            if found is None:
                raise Invalid(reason=_("name the register"))
            require_store(self.caller, found.store_id)
            register = queries.register_facts_of(found.id)
        shift = services.open_shift(
            register=register,
            float_minor=data["float_minor"],
            person=person_of(self.caller, data["member_id"], register.store_id),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, ShiftOutput(shift).data)


class ShiftView(MerchantView):
    """`GET /api/v1/shifts/{id}/`."""

    right = "shift.read"

    @extend_schema(operation_id="get_shift", responses=ShiftOutput)
    def get(self, request: Request, shift_id: UUID) -> Response:
        """Show a shift."""
        return Response(ShiftOutput(own_shift(self.caller, shift_id)).data)


class MovementsView(MerchantActView):
    """`GET` and `POST /api/v1/shifts/{id}/movements/`."""

    right = {"GET": "shift.read", "POST": "shift.manage"}

    @extend_schema(operation_id="list_drawer_movements", responses=MovementOutput(many=True))
    def get(self, request: Request, shift_id: UUID) -> Response:
        """List what was put into and taken out of the drawer, oldest first."""
        shift = own_shift(self.caller, shift_id)
        return Response({"results": MovementOutput(queries.list_movements(shift.id), many=True).data})

    @extend_schema(operation_id="move_drawer_cash", request=serializers.MovementInput, responses={201: MovementOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Pay in, pay out, bring cash to the safe, or open the drawer without a sale."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, move."""
        data = valid(serializers.MovementInput, request)
        shift = own_shift(self.caller, kwargs["shift_id"])
        movement = drawer.move_cash(
            shift_id=shift.id,
            kind=data["kind"],
            amount_minor=data["amount_minor"],
            reason=data["reason"],
            person=person_of(self.caller, data["member_id"], shift.store_id, shift),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, MovementOutput(movement).data)


class CountsView(MerchantActView):
    """`POST /api/v1/shifts/{id}/counts/`."""

    right = "shift.manage"

    @extend_schema(operation_id="count_drawer", request=serializers.CountInput, responses={201: CountOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Count the drawer. The answer says what was expected; each count is kept."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, count."""
        data = valid(serializers.CountInput, request)
        shift = own_shift(self.caller, kwargs["shift_id"])
        count = counting.count_drawer(
            shift_id=shift.id,
            counted=serializers.counted(data),
            person=person_of(self.caller, data["member_id"], shift.store_id, shift),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, CountOutput(count).data)


class HandOversView(MerchantActView):
    """`POST /api/v1/shifts/{id}/hand-overs/`."""

    right = "shift.manage"

    @extend_schema(operation_id="hand_over_shift", request=serializers.HandOverInput, responses={201: ShiftOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """End the shift at a count and begin the next person's; the answer is the new shift."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, hand over."""
        data = valid(serializers.HandOverInput, request)
        shift = own_shift(self.caller, kwargs["shift_id"])
        following = services.hand_over(
            shift_id=shift.id,
            count_id=data["count_id"],
            to=person_of(self.caller, data["to_member_id"], shift.store_id),
            reason=data["reason"],
            acceptance=Acceptance(self.caller.has_right(ACCEPTS), data["approval_id"]),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, ShiftOutput(following).data)


class ShiftClosingsView(MerchantActView):
    """`POST /api/v1/shifts/{id}/closings/`."""

    right = "shift.manage"

    @extend_schema(operation_id="close_shift", request=serializers.CloseInput, responses={201: ClosingOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Close the shift and make the Z. 409 `closing_blocked` lists what is not finished, with a link to each."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, close."""
        data = valid(serializers.CloseInput, request)
        shift = own_shift(self.caller, kwargs["shift_id"])
        closing = services.close_shift(
            shift_id=shift.id,
            count_id=data["count_id"],
            left_minor=data["left_minor"],
            reason=data["reason"],
            unsent=data["unsent"],
            leaves_orders=data["leaves_orders"],
            acceptance=Acceptance(self.caller.has_right(ACCEPTS), data["approval_id"]),
            person=person_of(self.caller, data["member_id"], shift.store_id, shift),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, ClosingOutput(closing).data)


def own_shift(caller: Caller, shift_id: UUID) -> Shift:
    """Return a shift of a store the caller may touch; a tablet touches its own register's. :raises NotFound: for others."""
    shift = queries.get_shift(shift_id)
    require_store(caller, shift.store_id)
    if caller.register_id not in (None, shift.register_id):
        raise NotFound()
    return shift


def person_of(caller: Caller, member_id: UUID | None, store_id: UUID, shift: Shift | None = None) -> Person:
    """Return whose hand it is: the member named, who must work at the store; at a tablet else the shift's person; else who calls."""
    if member_id is not None:
        member = next((one for one in queries.list_cashiers(store_id) if one.id == member_id), None)
        if member is None:
            raise NotFound()
        return Person(str(member.user), member.id)
    if caller.kind == "staff":
        return Person(caller.name, caller.id)
    return Person(shift.person, shift.member_id) if shift else Person(caller.name)


def page_of(rows: Any, params: dict[str, str], output: type[Serializer[Any]]) -> dict[str, Any]:
    """Return one page of `rows`."""
    size = whole_number(params.get("size") or str(PAGE_SIZE))
    if size is None:
        raise Invalid(reason=_("`size` is a whole number"))
    found = paged(rows, after=params.get("after"), before=params.get("before"), size=size)
    return {"results": output(found.rows, many=True).data, "older": found.older, "newer": found.newer}


def valid(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what a request says, read by `serializer_class`."""
    given = serializer_class(data=request.data)
    given.is_valid(raise_exception=True)
    data: dict[str, Any] = given.validated_data
    return data
