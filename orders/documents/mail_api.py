"""REST: send a paper by mail, and say what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core import limits
from merchant.core.clock import machine_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.masking import mask_email
from merchant.core.rest import MerchantActView
from merchant.messages.models import Message
from orders.documents import mails
from orders.documents.api import PaperNamesBuyer, document_of, names_its_buyer

# A till with a queue before it sends a few receipts a minute; who wants to fill strangers' mailboxes sends more.
_MAILS_MAX, _MAILS_SECONDS = 20, 60


class ReceiptMailInput(fields.Serializer[Any]):
    """Where the paper goes."""

    email = fields.CharField(max_length=254)


class ReceiptMailOutput(fields.Serializer[Any]):
    """One mail: `pending` while it is on its way, `delivered`, or `failed` with the reason."""

    id = fields.UUIDField()
    email = fields.CharField()
    status = fields.CharField()
    # False: it went there before, and nothing was sent again.
    is_new = fields.BooleanField(required=False)
    reason = fields.CharField(allow_blank=True)


class ReceiptMailsView(MerchantActView):
    """`/api/v1/receipts/{id}/mails/`."""

    right: ClassVar[Mapping[str, str]] = {"GET": "order.read", "POST": "order.create"}

    @extend_schema(responses=OpenApiResponse(description="The paper's mails, the newest first."))
    def get(self, request: Request, document_id: UUID) -> Response:
        """List the mails of a paper with what became of each."""
        sent = mails.list_sent(document_of(self, document_id))
        return Response({"results": [_shown(row, is_masked=self.caller.is_masked) for row in sent]})

    @extend_schema(request=ReceiptMailInput, responses={202: ReceiptMailOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send the paper by mail: once to each address, however often it is asked for."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, queue."""
        document = document_of(self, kwargs["document_id"])
        if self.caller.is_masked and names_its_buyer(document):
            raise PaperNamesBuyer()
        given = ReceiptMailInput(data=request.data)
        given.is_valid(raise_exception=True)
        limits.consume(what="receipt-mail", key=str(self.caller.id), most=_MAILS_MAX, seconds=_MAILS_SECONDS)
        sent, is_new = mails.send(document=document, email=given.validated_data["email"], now=machine_now())
        return json_answer(202, {**_shown(sent, is_masked=self.caller.is_masked), "is_new": is_new})


def _shown(row: Message, *, is_masked: bool) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "email": mask_email(row.recipient) if is_masked else row.recipient,
        "status": row.status,
        # What a mail server says may repeat the address.
        "reason": "" if is_masked else row.last_error,
    }
