"""The REST edge of the terminal registry, and the door where a device pairs itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from merchant.accounts.device_services import PAIRING_CODE_LIFE
from merchant.core import limits
from merchant.core.clock import machine_now
from merchant.core.rest import MerchantView, require_store
from terminals.devices import queries, services
from terminals.devices.models import Terminal
from terminals.devices.serializers import ChangeTerminalInput, PairTerminalInput, RegisterTerminalInput, TerminalOutput
from terminals.devices.services import Place


class TerminalsView(MerchantView):
    """The terminals of the caller's stores."""

    right = {"GET": "terminal.read", "POST": "terminal.manage"}

    @extend_schema(responses=TerminalOutput(many=True))
    def get(self, request: Request) -> Response:
        """Return them by store and name."""
        return Response({"results": TerminalOutput(queries.list_terminals(self.caller.stores), many=True).data})

    @extend_schema(request=RegisterTerminalInput, responses={201: TerminalOutput})
    def post(self, request: Request) -> Response:
        """Register a terminal. Pair it afterwards."""
        given = _valid(RegisterTerminalInput, request)
        require_store(self.caller, given["store_id"])
        place = Place(given.pop("store_id"), given.pop("register_id"))
        terminal = services.register_terminal(place=place, now=machine_now(), **given)
        return Response(TerminalOutput(terminal).data, status=201)


class TerminalView(MerchantView):
    """One terminal."""

    right = {"GET": "terminal.read", "PATCH": "terminal.manage"}

    @extend_schema(responses=TerminalOutput)
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return it as it stands, what it is doing included."""
        return Response(TerminalOutput(own_terminal(self, terminal_id)).data)

    @extend_schema(request=ChangeTerminalInput, responses=TerminalOutput)
    def patch(self, request: Request, terminal_id: UUID) -> Response:
        """Rename or move it."""
        terminal = own_terminal(self, terminal_id)
        given = _valid(ChangeTerminalInput, request)
        place = None
        if "store_id" in given or "register_id" in given:
            store_id = given.get("store_id", terminal.store_id)
            require_store(self.caller, store_id)
            place = Place(store_id, given.get("register_id"))
        changed = services.change_terminal(
            terminal_id=terminal.id, name=given.get("name"), place=place, now=machine_now()
        )
        return Response(TerminalOutput(changed).data)


class TerminalPairingCodeView(MerchantView):
    """Codes by which a device becomes this terminal."""

    right = "terminal.manage"

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, terminal_id: UUID) -> Response:
        """Issue a code; it works once and for ten minutes. Earlier unused ones of the terminal end."""
        terminal = own_terminal(self, terminal_id)
        limits.consume(what="pairing-codes", key=str(self.caller.merchant_id), most=60, seconds=600)
        now = machine_now()
        code = services.issue_terminal_code(terminal_id=terminal.id, now=now)
        return Response({"code": code, "expires_at": now + PAIRING_CODE_LIFE}, status=201)


class TerminalRevocationView(MerchantView):
    """End a terminal's access."""

    right = "terminal.manage"

    @extend_schema(request=None, responses=TerminalOutput)
    def post(self, request: Request, terminal_id: UUID) -> Response:
        """Revoke its token; its line closes within a second."""
        terminal = services.revoke_terminal(terminal_id=own_terminal(self, terminal_id).id, now=machine_now())
        return Response(TerminalOutput(terminal).data)


class TerminalPairingView(APIView):
    """Where a device with a code becomes a paired terminal. Public."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=PairTerminalInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> HttpResponse:
        """Answer with the terminal's token, shown this once."""
        # 8 characters are 10^12 codes: ten tries a minute and address never find one in its ten minutes.
        limits.consume(what="pairing", key=request.META.get("REMOTE_ADDR", ""), most=10, seconds=60)
        paired = services.pair_terminal(**_valid(PairTerminalInput, request), now=machine_now())
        terminal = paired.terminal
        return Response({"terminal_id": str(terminal.id), "name": terminal.name, "token": paired.token}, status=201)


def own_terminal(view: MerchantView, terminal_id: UUID) -> Terminal:
    """
    Return a terminal of the caller's merchant and stores.

    :raises NotFound: for any other.
    """
    terminal = queries.get_terminal(terminal_id)
    require_store(view.caller, terminal.store_id)
    return terminal


def _valid(serializer_class: Any, request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
