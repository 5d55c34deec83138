"""REST: webhook endpoints, their deliveries, and mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from merchant.core.callers import Caller
from merchant.core.clock import machine_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.masking import mask_email
from merchant.core.pagination import PAGE_SIZE, page
from merchant.core.rest import MerchantActView, MerchantView
from merchant.messages import queries, services
from merchant.messages.serializers import (
    ChangeEndpointInput,
    CreateEndpointInput,
    DeliveryDetailOutput,
    DeliveryOutput,
    EndpointOutput,
    MessageOutput,
)
from merchant.messages.services import EndpointSecret


class EndpointListView(MerchantView):
    """The merchant's endpoints. The secret is in the answer of the creation and never again, so that answer is not kept for replays."""

    right: ClassVar[Mapping[str, str]] = {"GET": "webhook.read", "POST": "webhook.manage"}

    @extend_schema(responses=EndpointOutput(many=True))
    def get(self, request: Request) -> Response:
        """List endpoints."""
        return Response(_page(request, queries.list_endpoints(), EndpointOutput))

    @extend_schema(request=CreateEndpointInput, responses={201: EndpointOutput})
    def post(self, request: Request) -> Response:
        """Register an endpoint; `secret` is shown this once."""
        data = _checked(CreateEndpointInput(data=request.data))
        return Response(
            _with_secret(services.create_endpoint(url=data["url"], topics=data["topics"], now=machine_now())),
            status=201,
        )


class EndpointView(MerchantView):
    """One endpoint. Deleting switches it off; its deliveries stay as history."""

    right: ClassVar[Mapping[str, str]] = {"GET": "webhook.read", "PATCH": "webhook.manage", "DELETE": "webhook.manage"}

    @extend_schema(responses=EndpointOutput)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Show one endpoint."""
        return Response(EndpointOutput(queries.get_endpoint(endpoint_id)).data)

    @extend_schema(request=ChangeEndpointInput, responses=EndpointOutput)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change address, topics or whether it is active."""
        data = _checked(ChangeEndpointInput(data=request.data))
        return Response(
            EndpointOutput(services.change_endpoint(endpoint_id=endpoint_id, now=machine_now(), **data)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Switch the endpoint off."""
        services.change_endpoint(endpoint_id=endpoint_id, is_active=False, now=machine_now())
        return Response(status=204)


class EndpointSecretRollView(MerchantView):
    """A new secret; for 24 hours deliveries carry two signatures."""

    right = "webhook.manage"

    @extend_schema(request=None, responses={201: EndpointOutput})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Roll the secret; `secret` is shown this once."""
        return Response(_with_secret(services.roll_secret(endpoint_id=endpoint_id, now=machine_now())), status=201)


class DeliveryListView(MerchantView):
    """Deliveries, newest first; `endpoint`, `status` and `topic` narrow them."""

    right = "webhook.read"

    @extend_schema(responses=DeliveryOutput(many=True))
    def get(self, request: Request) -> Response:
        """List deliveries."""
        endpoint = request.query_params.get("endpoint")
        rows = queries.list_deliveries(
            endpoint_id=_uuid(endpoint) if endpoint else None,
            status=request.query_params.get("status", ""),
            topic=request.query_params.get("topic", ""),
        )
        return Response(_page(request, rows, DeliveryOutput))


class DeliveryView(MerchantView):
    """One delivery with every attempt."""

    right = "webhook.read"

    @extend_schema(responses=DeliveryDetailOutput)
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """Show one delivery."""
        return Response(DeliveryDetailOutput(queries.get_delivery(delivery_id)).data)


class DeliveryResendView(MerchantActView):
    """Send a delivery again."""

    right = "webhook.manage"

    @extend_schema(request=None, responses={202: DeliveryOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send it again, whatever became of it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Queue it; the event keeps its id."""
        delivery = services.resend_delivery(delivery_id=kwargs["delivery_id"], now=machine_now())
        return json_answer(202, DeliveryOutput(delivery).data)


class MessageListView(MerchantView):
    """Mails to customers, newest first; `about` (`order:<id>`) narrows them."""

    right = "message.read"

    @extend_schema(responses=MessageOutput(many=True))
    def get(self, request: Request) -> Response:
        """List mails. Recipients are masked for those who see no addresses."""
        document = _page(request, queries.list_messages(about=request.query_params.get("about", "")), MessageOutput)
        if isinstance(request.auth, Caller) and request.auth.is_masked:
            for row in document["results"]:
                row |= {
                    "recipient": mask_email(row["recipient"]),
                    "subject": "",
                    "last_error": "…" if row["last_error"] else "",
                }
        return Response(document)


class MessageResendView(MerchantActView):
    """Send a mail again."""

    right = "message.resend"

    @extend_schema(request=None, responses={202: OpenApiResponse(description="It is queued.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send it again, whatever became of it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Queue it once more."""
        message = queries.list_messages().filter(id=kwargs["message_id"]).first()
        if message is None:
            raise NotFound()
        services.resend_mail(message=message, now=machine_now())
        return json_answer(202, {"id": message.id, "status": "pending"})


def _checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def _with_secret(made: EndpointSecret) -> dict[str, Any]:
    return {**EndpointOutput(made.endpoint).data, "secret": made.secret}


def _page(request: Request, rows: QuerySet[Any], output: type[BaseSerializer[Any]]) -> dict[str, Any]:
    found = page(
        rows, after=request.query_params.get("after"), before=request.query_params.get("before"), size=PAGE_SIZE
    )
    return {"results": output(found.rows, many=True).data, "older": found.older, "newer": found.newer}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(reason=_("endpoint must be an id")) from None
