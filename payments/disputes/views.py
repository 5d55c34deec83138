"""Disputes for staff: find them, answer in time, record what came by letter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core import files
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame, Pager
from merchant.core.pages.shell import locale_of
from merchant.core.pages.status import DISPUTE as LOOKS
from merchant.core.pagination import PAGE_SIZE_MAX
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.disputes import forms, pack, queries, replies, services, words
from payments.disputes.models import Dispute
from payments.disputes.pages import DisputeListPage, LetterPage, dispute_page, dispute_row
from payments.records import queries as records
from payments.records.models import Payment

VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("To answer"), {"status": "opened,evidence_due", "order": "due"}),
    (gettext_lazy("Waiting"), {"status": "submitted,expired"}),
    (gettext_lazy("Decided"), {"status": "won,lost,accepted"}),
)


class DisputeListView(StaffPageView):
    """`/disputes/`."""

    right = "dispute.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the filtered disputes, newest first a page at a time, or the first ones by deadline or amount."""
        here = Here.of(request)
        filters = queries.read_filters(here.joined(queries.DISPUTE_FILTERS), only_stores=self.caller.stores)
        found = queries.find_disputes(filters).select_related(*queries.WITH)
        if filters.order in ("due", "amount"):
            rows, pager = list(found.order_by(queries.ORDERS[filters.order], "id")[:PAGE_SIZE_MAX]), Pager()
        else:
            shown = paged(found, after=here.one("after") or None, before=here.one("before") or None)
            rows, pager = list(shown.rows), here.pager(shown)
        empty = EmptyState(
            "flag", _("No disputes"), _("One appears here as soon as a processor or a report tells of it.")
        )
        frame = ListFrame(bar=self._bar(here), pager=pager, empty=empty, export_url=self._export_url(here))
        page = DisputeListPage(
            frame,
            tuple(dispute_row(row, locale=_locale(request)) for row in rows),
            newest_url=here.url(order=None),
            due_url=here.url(order="due"),
            amount_url=here.url(order="amount"),
        )
        return self.page("payments/disputes/list.html", page, current="disputes")

    def _bar(self, here: Here) -> Any:
        return here.bar(
            here.days("date", _("Opened")),
            here.choice("status", _("State"), [(state, look.word) for state, look in LOOKS.items()]),
            here.choice("reason", _("Reason"), words.REASONS.items()),
            here.choice("phase", _("Phase"), words.PHASES.items()),
            search_hint=_("order, 12.50, the processor's reference"),
            views=VIEWS,
        )

    def _export_url(self, here: Here) -> str:
        if not self.caller.has_right("export.create"):
            return ""
        return f"/exports/new/?{urlencode({'subject': 'disputes', **here.joined(queries.DISPUTE_FILTERS)})}"


class DisputeActView(StaffPageView):
    """One thing done with one dispute the caller sees. What is refused is shown on the dispute's page."""

    right = "dispute.answer"

    def dispute_of(self, dispute_id: UUID) -> Dispute:
        """Return the dispute. :raises NotFound: if there is none for the caller."""
        dispute = queries.get_dispute(dispute_id)
        self.require_store(dispute.store_id)
        return dispute

    def show(self, dispute_id: UUID, *, error: AppError | None = None) -> HttpResponse:
        """Return the dispute's page."""
        story = queries.get_story(dispute_id)
        page = dispute_page(
            story,
            pack.propose(story.dispute),
            may_answer=self.caller.has_right("dispute.answer"),
            sends=replies.is_sent_by_us(story.dispute),
            locale=_locale(self.request),
            now=self.now,
            entered_text=self.request.POST.get("text", ""),
            errors=(f"{error.message} {error.money}",) if error else (),
        )
        topics = (f"dispute:{dispute_id}",)
        status = error.status if error else 200
        return self.page("payments/disputes/detail.html", page, current="disputes", live_topics=topics, status=status)

    def act(self, dispute_id: UUID, do: Callable[[Dispute], str]) -> HttpResponse:
        """Do it once and lead to the page; a refusal shows the page with its sentence."""
        dispute = self.dispute_of(dispute_id)

        def done() -> str:
            messages.success(self.request, do(dispute))
            return f"/disputes/{dispute.id}/"

        try:
            return self.act_once(self.request, done)
        except NotFound:
            raise
        except AppError as error:
            return self.show(dispute.id, error=error)

    @property
    def now(self) -> datetime:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)


class DisputeDetailView(DisputeActView):
    """`/disputes/<id>/`."""

    right = "dispute.read"

    def get(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Show what is at stake, until when, what speaks for us, and what happened."""
        return self.show(self.dispute_of(dispute_id).id)


class EvidenceView(DisputeActView):
    """`/disputes/<id>/evidence/`."""

    def post(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Answer with the chosen proof and one's own words."""
        return self.act(dispute_id, self._submit)

    def _submit(self, dispute: Dispute) -> str:
        keys, text = self.request.POST.getlist("item"), self.request.POST.get("text", "")
        replies.submit_evidence(dispute_id=dispute.id, text=text, keys=keys, now=self.now)
        return _("The answer is on its way to the processor.")


class AcceptanceView(DisputeActView):
    """`/disputes/<id>/acceptance/`."""

    def post(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Give the money up."""
        return self.act(dispute_id, self._accept)

    def _accept(self, dispute: Dispute) -> str:
        replies.accept(dispute_id=dispute.id, now=self.now)
        return _("The dispute is being accepted.")


class ResendView(DisputeActView):
    """`/disputes/<id>/resend/`: an answer that could not be delivered is sent again."""

    def post(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Put it back in the queue."""
        return self.act(dispute_id, self._again)

    def _again(self, dispute: Dispute) -> str:
        replies.send_again(dispute_id=dispute.id, now=self.now)
        return _("The answer is being sent.")


class OutcomeView(DisputeActView):
    """`/disputes/<id>/outcome/`: what a letter says became of it."""

    def post(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Record it."""
        return self.act(dispute_id, self._decide)

    def _decide(self, dispute: Dispute) -> str:
        fields = self.request.POST
        outcome = "won" if fields.get("outcome") == "won" else "lost"
        returned = forms.read_amount(fields["returned"], dispute.currency) if fields.get("returned") else None
        services.decide_by_hand(
            dispute_id=dispute.id, outcome=outcome, returned_minor=returned, note=fields.get("note", ""), now=self.now
        )
        return _("The outcome is recorded.")


class FileCreateView(DisputeActView):
    """`/disputes/<id>/files/`: the same bytes twice are one file, so the form needs no key."""

    def post(self, request: HttpRequest, dispute_id: UUID) -> HttpResponse:
        """Add a file to the evidence."""
        dispute, upload = self.dispute_of(dispute_id), request.FILES.get("file")
        try:
            if upload is None:
                raise replies.FileRefused(reason=_("choose a file first"))
            replies.add_file(
                dispute_id=dispute.id,
                name=upload.name or "",
                stream=cast("BinaryIO", upload),
                size_bytes=upload.size or 0,
                now=self.now,
            )
        except AppError as error:
            return self.show(dispute.id, error=error)
        messages.success(request, _("The file goes with the answer."))
        return self.lead_to(f"/disputes/{dispute.id}/")


class FileView(DisputeActView):
    """`/disputes/<id>/files/<file>/`."""

    right = "dispute.read"

    def get(self, request: HttpRequest, dispute_id: UUID, file_id: UUID) -> FileResponse:
        """Take the file."""
        file = queries.get_file(self.dispute_of(dispute_id).id, file_id)
        path = files.path_of(file.sha256)
        answer = FileResponse(path.open("rb"), as_attachment=True, filename=file.name, content_type=file.content_type)
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class FileDeleteView(DisputeActView):
    """`/disputes/<id>/files/<file>/remove/`."""

    def post(self, request: HttpRequest, dispute_id: UUID, file_id: UUID) -> HttpResponse:
        """Take a file out of the evidence that is being prepared."""
        return self.act(dispute_id, lambda dispute: self._remove(dispute, file_id))

    def _remove(self, dispute: Dispute, file_id: UUID) -> str:
        replies.remove_file(dispute_id=dispute.id, file_id=file_id, now=self.now)
        return _("The file was taken out.")


class LetterView(DisputeActView):
    """`/payments/<id>/dispute/`: the dialog that records a dispute that came by letter, and its answer."""

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Show the form."""
        return self._dialog(self._payment(payment_id))

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Record it once."""
        payment = self._payment(payment_id)
        try:
            form = forms.read_letter(request.POST.dict(), currency=payment.currency, zone=_zone(payment))
            return self.act_once(request, lambda: self._open(payment, form))
        except NotFound:
            raise
        except AppError as error:
            return self._dialog(payment, error)

    def _payment(self, payment_id: UUID) -> Payment:
        payment = records.get_payment(payment_id)
        self.require_store(payment.store_id)
        return payment

    def _open(self, payment: Payment, form: forms.LetterForm) -> str:
        dispute = services.open_by_hand(
            payment_id=payment.id, amount_minor=form.amount_minor, reason=form.reason, phase=form.phase, due_at=form.due_at,
            external_id=form.external_id, now=self.now,
        )  # fmt: skip
        return f"/disputes/{dispute.id}/"

    def _dialog(self, payment: Payment, error: AppError | None = None) -> HttpResponse:
        page = LetterPage(
            action_url=self.request.path,
            payment_title=payment.order.number,
            amount_max=Money(payment.captured_minor, payment.currency),
            zone=_zone(payment),
            reasons=tuple((value, str(label)) for value, label in words.REASONS.items()),
            phases=tuple((value, str(label)) for value, label in words.PHASES.items()),
            idempotency_key=str(uuid4()),
            entered={
                name: self.request.POST.get(name, "") for name in ("amount", "reason", "phase", "due", "external_id")
            },
            errors=(f"{error.message} {error.money}",) if error else (),
        )
        status = error.status if error else 200
        if self.is_part:
            return self.fragment("payments/disputes/letter_dialog.html", page, status=status)
        return self.page("payments/disputes/letter.html", page, current="disputes", status=status)


def _locale(request: HttpRequest) -> str:
    return locale_of(request.LANGUAGE_CODE)  # type: ignore[attr-defined]


def _zone(payment: Payment) -> str:
    return str((payment.order.store or payment.order.channel).zone)
