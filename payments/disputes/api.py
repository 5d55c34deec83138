"""The REST edge of disputes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core import files
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import PAGE_SIZE_MAX, page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from payments.disputes import pack, queries, replies, serializers, services
from payments.disputes.models import Dispute
from payments.records import queries as records

_FILTERS = [OpenApiParameter(name, OpenApiTypes.STR) for name in (*queries.DISPUTE_FILTERS, "after", "before")]


class DisputesView(MerchantActView):
    """Disputes: list them, record one that came by letter."""

    right = {"GET": "dispute.read", "POST": "dispute.answer"}

    @extend_schema(parameters=_FILTERS, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page, newest first. With `order` = `due` or `amount` the first 200 of that order, without further pages."""
        filters = queries.read_filters(request.query_params.dict(), only_stores=self.caller.stores)
        rows = queries.find_disputes(filters).select_related(*queries.WITH)
        if filters.order in ("due", "amount"):
            found = list(rows.order_by(queries.ORDERS[filters.order], "id")[:PAGE_SIZE_MAX])
            return Response({"data": [serializers.dispute_output(row) for row in found], "older": None, "newer": None})
        shown = page(rows, after=request.query_params.get("after"), before=request.query_params.get("before"))
        data = [serializers.dispute_output(row) for row in shown.rows]
        return Response({"data": data, "older": shown.older, "newer": shown.newer})

    @extend_schema(request=serializers.DisputeInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record a dispute that came by letter."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Record it."""
        wanted = serializers.DisputeInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        require_store(self.caller, records.get_payment(wanted.validated_data["payment_id"]).store_id)
        dispute = services.open_by_hand(**wanted.validated_data, now=business_now(self.caller.merchant_id))
        return json_answer(201, serializers.dispute_output(queries.get_dispute(dispute.id)))


class DisputeView(MerchantView):
    """One dispute with its history and the proof our books have."""

    right = "dispute.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dispute_id: UUID) -> Response:
        """Return the dispute."""
        story = queries.get_story(own_dispute(self, dispute_id).id)
        return Response(serializers.story_output(story, pack.propose(story.dispute)))


class DisputeFilesView(MerchantView):
    """Files that go with the evidence. The same bytes twice are one file, so no Idempotency-Key is needed."""

    right = "dispute.answer"
    parser_classes = [MultiPartParser]

    @extend_schema(request=serializers.DisputeFileInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, dispute_id: UUID) -> Response:
        """Add a PDF, PNG or JPEG of at most 4 MB."""
        dispute = own_dispute(self, dispute_id)
        wanted = serializers.DisputeFileInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        upload = wanted.validated_data["file"]
        file = replies.add_file(
            dispute_id=dispute.id, name=upload.name, stream=upload, size_bytes=upload.size,
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return Response(serializers.file_output(file), status=201)


class DisputeFileView(MerchantView):
    """One file of the evidence."""

    right = {"GET": "dispute.read", "DELETE": "dispute.answer"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, dispute_id: UUID, file_id: UUID) -> FileResponse:
        """Take the file."""
        file = queries.get_file(own_dispute(self, dispute_id).id, file_id)
        path = files.path_of(file.sha256)
        answer = FileResponse(path.open("rb"), as_attachment=True, filename=file.name, content_type=file.content_type)
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @extend_schema(responses={204: None})
    def delete(self, request: Request, dispute_id: UUID, file_id: UUID) -> Response:
        """Take it out of the evidence that is being prepared."""
        dispute = own_dispute(self, dispute_id)
        replies.remove_file(dispute_id=dispute.id, file_id=file_id, now=business_now(self.caller.merchant_id))
        return Response(status=204)


class EvidenceView(MerchantActView):
    """Answer with evidence."""

    right = "dispute.answer"

    @extend_schema(request=serializers.EvidenceInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Store the answer; it is sent by a job, and the dispute is `submitted` once the processor has it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Store it."""
        dispute = own_dispute(self, kwargs["dispute_id"])
        wanted = serializers.EvidenceInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        reply = replies.submit_evidence(
            dispute_id=dispute.id, text=wanted.validated_data["text"], keys=wanted.validated_data["items"],
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return json_answer(202, serializers.reply_output(reply))


class AcceptanceView(MerchantActView):
    """Give the money up."""

    right = "dispute.answer"

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Accept the loss; it is told by a job, and the dispute is `accepted` once the processor confirms."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Accept it."""
        dispute = own_dispute(self, kwargs["dispute_id"])
        reply = replies.accept(dispute_id=dispute.id, now=business_now(self.caller.merchant_id))
        return json_answer(202, serializers.reply_output(reply))


class OutcomeView(MerchantActView):
    """Record what a letter says became of a dispute."""

    right = "dispute.answer"

    @extend_schema(request=serializers.OutcomeInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record it. Where the processor tells us itself, wait for it instead."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Record it."""
        dispute = own_dispute(self, kwargs["dispute_id"])
        wanted = serializers.OutcomeInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        decided = services.decide_by_hand(
            dispute_id=dispute.id, **wanted.validated_data, now=business_now(self.caller.merchant_id)
        )
        return json_answer(200, serializers.dispute_output(queries.get_dispute(decided.id)))


def own_dispute(view: MerchantView, dispute_id: UUID) -> Dispute:
    """Return a dispute the caller sees. :raises NotFound: if there is none for them."""
    dispute = queries.get_dispute(dispute_id)
    require_store(view.caller, dispute.store_id)
    return dispute
