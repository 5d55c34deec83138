"""The REST edge of fee contracts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now, business_today
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.fees import queries, serializers, services
from payments.fees.models import FeeContract


class _ContractAct(MerchantActView):
    def today(self) -> date:
        """Return the merchant's business day."""
        return business_today(self.caller.merchant)


class ContractsView(MerchantListView, _ContractAct):
    """What gateway accounts charge: list the versions, enter a new one."""

    right = {"GET": "settlement.read", "POST": "fee.manage"}

    def rows(self) -> QuerySet[FeeContract]:
        """Return every version."""
        return queries.list_contracts()

    def output(self, row: FeeContract) -> dict[str, Any]:
        """Return a version as it is shown."""
        return serializers.contract_output(row, today=self.today())

    @extend_schema(request=serializers.ContractInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Enter the next version of an account's contract."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Keep it."""
        wanted = serializers.ContractInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given, today = wanted.validated_data, self.today()
        contract = services.agree_contract(
            account_id=given["gateway_account_id"],
            currency=given["currency"],
            valid_from=given["valid_from"],
            terms=serializers.terms_of_input(given),
            note=given["note"],
            today=today,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, serializers.contract_output(contract, today=today))


class ContractView(MerchantView):
    """One version."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, contract_id: UUID) -> Response:
        """Return the version."""
        return Response(
            serializers.contract_output(queries.get_contract(contract_id), today=business_today(self.caller.merchant))
        )


class ContractChangeView(_ContractAct):
    """Change a version that is not in force yet."""

    right = "fee.manage"

    @extend_schema(request=serializers.TermsInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put these terms in place of the version's own."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Change it."""
        wanted = serializers.TermsInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given, today = wanted.validated_data, self.today()
        contract = services.change_contract(
            contract_id=kwargs["contract_id"],
            valid_from=given["valid_from"],
            terms=serializers.terms_of_input(given),
            note=given["note"],
            today=today,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, serializers.contract_output(contract, today=today))
