"""The REST edge of the work on exceptions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from merchant.core.clock import business_now
from merchant.core.filters import FilterReader
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.reconciliation import queries as reconciliation
from payments.reconciliation.desk import bulk, closing, passing_on, queries, serializers, services
from payments.reconciliation.desk.models import BatchClosing
from payments.reconciliation.desk.queries import Wanted
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.ways import AGES
from payments.reconciliation.models import Deviation
from payments.reconciliation.states import EXCEPTION, EXCEPTION_KINDS

FILTERS = ("status", "kind", "owner", "age", "overdue", "waiting", "q")


class ExceptionsView(MerchantListView):
    """
    What does not agree.

    `status` (open unless given, or `any`), `kind`, `owner` (an id or `none`), `age` (days), `overdue`, `waiting` and `q` narrow it.
    """

    right = "reconciliation.read"
    filters = FILTERS

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in FILTERS], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Return a page, newest first."""
        return super().get(request, **kwargs)

    def rows(self) -> QuerySet[Deviation]:
        """Return the exceptions asked for."""
        read = FilterReader(self.request.query_params, known=FILTERS)
        status = read.choice("status", (*EXCEPTION.states, "any")) or "open"
        owner = read.text("owner")
        waiting = read.choice("waiting", ("yes", "no"))
        wanted = Wanted(
            kinds=read.choices("kind", EXCEPTION_KINDS),
            owner=owner if owner in ("", "none") else read.key("owner"),
            age=read.choice("age", tuple(AGES)),
            is_overdue=read.choice("overdue", ("yes",)) == "yes",
            is_waiting={"yes": True, "no": False}.get(waiting),
            text=read.text("q"),
        )
        rows = reconciliation.list_exceptions(status=None if status == "any" else status)
        today = services.today_of(business_now(self.caller.merchant_id))
        return queries.narrowed(rows.select_related("owner__user"), wanted, today=today)

    def output(self, row: Deviation) -> dict[str, Any]:
        """Return an exception as it is shown."""
        return serializers.exception_output(row)


class ExceptionView(MerchantView):
    """One exception with the ways out of it."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, exception_id: UUID) -> Response:
        """Return the exception, and for each way exactly what it would book."""
        found = queries.get_work(exception_id)
        return Response(serializers.work_output(found, queries.standing_of(found)))


class WorkView(MerchantActView):
    """An act on one exception. Subclasses name the `wanted` input and write `do`."""

    right = "reconciliation.resolve"
    wanted: type[Serializer[Any]]

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Do it and return the exception as it then is."""
        queries.get_work(kwargs["exception_id"])
        given = self.wanted(data=request.data)
        given.is_valid(raise_exception=True)
        self.do(kwargs["exception_id"], given.validated_data)
        found = queries.get_work(kwargs["exception_id"])
        return json_answer(200, serializers.work_output(found, queries.standing_of(found)))

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError


class ExceptionResolveView(WorkView):
    """Close an exception by hand."""

    wanted = serializers.ResolveInput

    @extend_schema(request=serializers.ResolveInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Close it in one of its ways; what the way books is in the answer of the exception itself."""
        return super().post(request, **kwargs)

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Close it."""
        services.decide(
            exception_id=exception_id,
            choice=Choice(given["way"], given["note"], given["account"], given["partner"]),
            role=self.caller.role,
            approval_id=given["approval_id"],
            now=business_now(self.caller.merchant_id),
        )


class ExceptionUndoView(WorkView):
    """Take a decision back."""

    wanted = serializers.UndoInput

    @extend_schema(request=serializers.UndoInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Reverse what was booked and open the exception again, until its batch is closed."""
        return super().post(request, **kwargs)

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Take it back."""
        services.undo(exception_id=exception_id, note=given["note"], now=business_now(self.caller.merchant_id))


class ExceptionAssignView(WorkView):
    """Whose work an exception is."""

    wanted = serializers.AssignInput

    @extend_schema(request=serializers.AssignInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give it to somebody, or to nobody, with a due day."""
        return super().post(request, **kwargs)

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Give it."""
        passing_on.assign(exception_id=exception_id, now=business_now(self.caller.merchant_id), **given)


class ExceptionWaitView(WorkView):
    """Look again on a day."""

    wanted = serializers.WaitInput

    @extend_schema(request=serializers.WaitInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it out of sight until then."""
        return super().post(request, **kwargs)

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Let it wait."""
        now = business_now(self.caller.merchant_id)
        passing_on.wait_until(exception_id=exception_id, day=given["until"], note=given["note"], now=now)


class ExceptionNoteView(WorkView):
    """Words that stay with an exception."""

    wanted = serializers.NoteInput

    @extend_schema(request=serializers.NoteInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Keep a note."""
        return super().post(request, **kwargs)

    def do(self, exception_id: UUID, given: dict[str, Any]) -> None:
        """Keep it."""
        passing_on.add_note(exception_id=exception_id, text=given["note"], now=business_now(self.caller.merchant_id))


class DecisionsView(MerchantActView):
    """One decision about many exceptions."""

    right = "reconciliation.resolve"

    @extend_schema(request=serializers.DecideManyInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Decide about a selection of one kind in one way: one answer for each, one approval for all."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Decide."""
        wanted = serializers.DecideManyInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        answers = bulk.decide_many(
            exception_ids=given["exception_ids"],
            choice=Choice(given["way"], given["note"], given["account"]),
            role=self.caller.role,
            approval_id=given["approval_id"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, {"data": [serializers.answer_output(answer) for answer in answers]})


class SelectionUndoView(MerchantActView):
    """A decision about many exceptions, taken back as one."""

    right = "reconciliation.resolve"

    @extend_schema(request=serializers.UndoInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take back whatever of it still stands: one answer for each."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Take it back."""
        wanted = serializers.UndoInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        answers = bulk.undo_selection(
            selection_id=kwargs["selection_id"],
            note=wanted.validated_data["note"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, {"data": [serializers.undone_output(answer) for answer in answers]})


class ClosingsView(MerchantListView, MerchantActView):
    """Closed batches: list them, close one."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.close"}

    def rows(self) -> QuerySet[BatchClosing]:
        """Return every closed batch."""
        return BatchClosing.objects.all()

    def output(self, row: BatchClosing) -> dict[str, Any]:
        """Return a closed batch as it is shown."""
        return serializers.closing_output(row)

    @extend_schema(request=serializers.CloseBatchInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Close a report or a statement; nothing of it is undone from then on."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Close it."""
        wanted = serializers.CloseBatchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        closed = closing.close_batch(
            role=self.caller.role, now=business_now(self.caller.merchant_id), **wanted.validated_data
        )
        return json_answer(200, serializers.closing_output(closed))
