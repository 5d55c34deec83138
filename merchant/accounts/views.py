"""REST: who am I, places, staff, API keys, pairing and tablets."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from merchant.accounts import device_services, queries, services, tickets
from merchant.accounts.authentication import StaffSessionAuthentication
from merchant.accounts.callers import register_facts
from merchant.accounts.invitations import invitation_url
from merchant.accounts.serializers import (
    AddedStaffOutput,
    AddStaffInput,
    ApiKeyOutput,
    ApiKeysOutput,
    ApiKeyWithSecretOutput,
    ChangeStaffInput,
    CreateApiKeyInput,
    DeviceOutput,
    DevicesOutput,
    PairInput,
    RefundLimitInput,
    RegisterOutput,
    RegistersOutput,
    RollApiKeyInput,
    StaffListOutput,
    StaffOutput,
    StoreOutput,
    StoresOutput,
    caller_output,
    other_tablets_output,
    register_facts_output,
)
from merchant.accounts.services import StaffChange
from merchant.core import limits
from merchant.core.callers import SIGNED_IN
from merchant.core.clock import machine_now
from merchant.core.errors import NotFound
from merchant.core.rest import MerchantView, require_store


class MeView(MerchantView):
    """Who the caller is and what it may do."""

    right = SIGNED_IN

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the caller, its rights and, for a tablet, its register and store, with the last number of its receipts read now."""
        register = queries.get_register(self.caller.register_id) if self.caller.register_id else None
        return Response(caller_output(self.caller, register))


class StoreListView(MerchantView):
    """The stores the caller may touch."""

    right = "store.read"

    @extend_schema(responses=StoresOutput)
    def get(self, request: Request) -> Response:
        """Return the stores by name."""
        return Response({"results": StoreOutput(queries.list_stores(self.caller.stores), many=True).data})


class RegisterListView(MerchantView):
    """The registers of the caller's stores."""

    right = "store.read"

    @extend_schema(responses=RegistersOutput)
    def get(self, request: Request) -> Response:
        """Return the registers by code."""
        return Response({"results": RegisterOutput(queries.list_registers(self.caller.stores), many=True).data})


class PairingCodeView(MerchantView):
    """Codes by which a tablet becomes a register's."""

    right = "device.manage"

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, register_id: UUID) -> Response:
        """Issue a code; it works once and for ten minutes. Earlier unused ones of the register end. `other_tablets` sell there already, and go on."""
        register = queries.get_register(register_id)
        require_store(self.caller, register.store_id)
        limits.consume(what="pairing-codes", key=str(self.caller.merchant_id), most=60, seconds=600)
        now = machine_now()
        code = device_services.issue_pairing_code(subject=f"register:{register.id}", now=now)
        others = other_tablets_output(queries.list_selling_tablets(register.id))
        ends_at = now + device_services.PAIRING_CODE_LIFE
        return Response({"code": code, "expires_at": ends_at, "other_tablets": others}, status=201)


class PairingView(APIView):
    """Where a tablet with a code becomes a paired one. Public."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=PairInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Answer with the tablet's token, shown this once, its register and store, and in `other_tablets` who sells at that register already."""
        # 8 characters are 10^12 codes: ten tries a minute and address never find one in its ten minutes.
        limits.consume(what="pairing", key=request.META.get("REMOTE_ADDR", ""), most=10, seconds=60)
        given = PairInput(data=request.data)
        given.is_valid(raise_exception=True)
        paired = device_services.pair_register(**given.validated_data, now=machine_now())
        place = register_facts_output(register_facts(paired.register))
        others = other_tablets_output(paired.others)
        answer = {"device_id": str(paired.device.id), "token": paired.token, **place, "other_tablets": others}
        return Response(answer, status=201)


class DeviceListView(MerchantView):
    """Tablets."""

    right = "device.read"

    @extend_schema(responses=DevicesOutput)
    def get(self, request: Request) -> Response:
        """Return the tablets of the caller's stores, the newest first."""
        return Response({"results": DeviceOutput(queries.list_devices(self.caller.stores), many=True).data})


class DeviceChangeView(MerchantView):
    """Up to how much a tablet refunds."""

    right = "device.manage"

    @extend_schema(request=RefundLimitInput, responses=DeviceOutput)
    def patch(self, request: Request, device_id: UUID) -> Response:
        """Set the limit; it holds within a second."""
        require_store(self.caller, queries.get_device(device_id).register.store_id)
        given = RefundLimitInput(data=request.data)
        given.is_valid(raise_exception=True)
        limit_minor = given.validated_data["refund_limit_minor"]
        device = device_services.limit_device_refunds(device_id=device_id, limit_minor=limit_minor, now=machine_now())
        return Response(DeviceOutput(device).data)


class DeviceRevocationView(MerchantView):
    """The end of a tablet's access."""

    right = "device.manage"

    @extend_schema(request=None, responses=DeviceOutput)
    def post(self, request: Request, device_id: UUID) -> Response:
        """Revoke a tablet; within a second it can do nothing."""
        require_store(self.caller, queries.get_device(device_id).register.store_id)
        return Response(DeviceOutput(device_services.revoke_device(device_id=device_id, now=machine_now())).data)


class SocketTicketView(MerchantView):
    """Tickets by which a browser that has a token, not a session, opens a websocket."""

    right = SIGNED_IN
    practises = True

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Return a ticket that opens one websocket within half a minute."""
        return Response({"ticket": tickets.issue(request), "expires_in_seconds": tickets.LIFE_SECONDS}, status=201)


class ApiKeysView(MerchantView):
    """Keys of webshops and partners. For staff only: a key cannot make keys."""

    authentication_classes = [StaffSessionAuthentication]
    right = "key.manage"

    @extend_schema(responses=ApiKeysOutput)
    def get(self, request: Request) -> Response:
        """Return the keys, the newest first."""
        return Response({"results": ApiKeyOutput(queries.list_api_keys(), many=True).data})

    @extend_schema(request=CreateApiKeyInput, responses={201: ApiKeyWithSecretOutput})
    def post(self, request: Request) -> Response:
        """Make a key. Its secret is in this answer and nowhere else."""
        given = CreateApiKeyInput(data=request.data)
        given.is_valid(raise_exception=True)
        key, secret = services.create_api_key(**given.validated_data, now=machine_now())
        return Response({**ApiKeyOutput(key).data, "secret": secret}, status=201)


class ApiKeyChangeView(MerchantView):
    """Up to how much a key refunds."""

    authentication_classes = [StaffSessionAuthentication]
    right = "key.manage"

    @extend_schema(request=RefundLimitInput, responses=ApiKeyOutput)
    def patch(self, request: Request, key_id: UUID) -> Response:
        """Set the limit; it holds within a second."""
        given = RefundLimitInput(data=request.data)
        given.is_valid(raise_exception=True)
        limit_minor = given.validated_data["refund_limit_minor"]
        return Response(
            ApiKeyOutput(services.limit_key_refunds(key_id=key_id, limit_minor=limit_minor, now=machine_now())).data
        )


class ApiKeyRevocationView(MerchantView):
    """The end of a key."""

    authentication_classes = [StaffSessionAuthentication]
    right = "key.manage"

    @extend_schema(request=None, responses=ApiKeyOutput)
    def post(self, request: Request, key_id: UUID) -> Response:
        """Revoke a key; within a second requests with it are refused."""
        return Response(ApiKeyOutput(services.revoke_api_key(key_id=key_id, now=machine_now())).data)


class ApiKeyRollView(MerchantView):
    """A successor for a key."""

    authentication_classes = [StaffSessionAuthentication]
    right = "key.manage"

    @extend_schema(request=RollApiKeyInput, responses={201: ApiKeyWithSecretOutput})
    def post(self, request: Request, key_id: UUID) -> Response:
        """Make a successor with the same scopes; the old key goes on for the overlap."""
        given = RollApiKeyInput(data=request.data)
        given.is_valid(raise_exception=True)
        overlap = timedelta(hours=given.validated_data["overlap_hours"])
        key, secret = services.roll_api_key(key_id=key_id, overlap=overlap, now=machine_now())
        return Response({**ApiKeyOutput(key).data, "secret": secret}, status=201)


class StaffView(MerchantView):
    """People who work for the merchant."""

    authentication_classes = [StaffSessionAuthentication]
    right = {"GET": "staff.read", "POST": "staff.manage"}

    @extend_schema(responses=StaffListOutput)
    def get(self, request: Request) -> Response:
        """Return the staff by address."""
        return Response({"results": StaffOutput(queries.list_staff(), many=True).data})

    @extend_schema(request=AddStaffInput, responses={201: AddedStaffOutput})
    def post(self, request: Request) -> Response:
        """Let a person work here. A new person gets `invitation_url`, where they choose a password; it is shown this once."""
        given = AddStaffInput(data=request.data)
        given.is_valid(raise_exception=True)
        invited = services.add_staff(**given.validated_data, now=machine_now())
        link = invitation_url(invited.member.user) if invited.is_new_person else None
        return Response({**StaffOutput(invited.member).data, "invitation_url": link}, status=201)


class StaffChangeView(MerchantView):
    """One person's role, stores, limit and access."""

    authentication_classes = [StaffSessionAuthentication]
    right = "staff.manage"

    @extend_schema(
        request=ChangeStaffInput, responses={200: StaffOutput, 404: OpenApiResponse(description=NotFound.detail)}
    )
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Change what is given; it holds within a second."""
        given = ChangeStaffInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        has_limit = wanted["refund_limit_minor"] is not None if "refund_limit_minor" in wanted else None
        change = StaffChange(has_refund_limit=has_limit, **wanted)
        return Response(StaffOutput(services.change_staff(member_id=member_id, change=change, now=machine_now())).data)
