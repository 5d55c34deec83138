"""Pages of the work on exceptions: one resolved, undone, passed on; a selection decided; a batch closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_now
from merchant.core.errors import NO_MONEY_MOVED, AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation.desk import closing, passing_on, queries, services
from payments.reconciliation.desk.queries import Batch
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench import bench, one_exception
from payments.reconciliation.workbench.pages import Filled
from payments.reconciliation.workbench.words import reference_words


class DeskView(StaffPageView):
    """The ground of acts on exceptions: done once, and led back to where the person works."""

    right: ClassVar[str | Mapping[str, str]] = "reconciliation.resolve"

    @property
    def now(self) -> datetime:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)

    def back_to(self, otherwise: str) -> str:
        """Return the page of ours that the form came from, `otherwise` without one."""
        asked = self.request.POST.get("back", "")
        is_ours = asked.startswith("/reconciliation/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
        return asked if is_ours else otherwise

    def ask_second_person(self, needed: ApprovalNeeded, wish: Wish) -> None:
        """Ask whoever may approve, and say who that is."""
        approvals.ask_once(wish=wish)
        names = ", ".join(one["name"] for one in needed.data["approvers"]) or _("nobody here has the right")
        words = _("This is above your limit, so a second person must agree: {who}. Resolve it again once they have.")
        messages.info(self.request, words.format(who=names))


class ExceptionView(DeskView):
    """`/reconciliation/exceptions/<id>/`: one exception, and its resolution."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.resolve"}

    def get(self, request: HttpRequest, exception_id: UUID) -> HttpResponse:
        """Show the exception."""
        return self.show(queries.get_work(exception_id))

    def post(self, request: HttpRequest, exception_id: UUID) -> HttpResponse:
        """Resolve it once and lead to the next; above the person's limit a second one is asked first."""
        found = queries.get_work(exception_id)
        fields = request.POST
        partner = fields.get("reference", "").strip() or fields.get("partner", "")
        choice = Choice(
            fields.get("resolution", ""), fields.get("note", "").strip(), fields.get("account", ""), partner
        )
        try:
            return self.act_once(request, lambda: self._resolve(found, choice))
        except NotFound:
            raise
        except ApprovalNeeded as needed:
            self.ask_second_person(needed, services.wish_for(found, queries.standing_of(found), choice))
            return self.lead_to(self.back_to(f"/reconciliation/exceptions/{found.id}/"))
        except AppError as error:
            return self.show(queries.get_work(exception_id), error)

    def show(self, found: Deviation, error: AppError | None = None) -> HttpResponse:
        """Return the exception's page: with what was refused, whether it is still open or not, and with what was sent in the form."""
        page = one_exception.exception_page(
            found,
            caller=self.caller,
            batch=str(typed_id(self.request.POST.get("batch", "")) or ""),
            errors=sentences_of(error) if error else (),
            filled=self._sent() if error else None,
        )
        return self.page(
            "payments/reconciliation/exception.html",
            page,
            current="reconciliation",
            live_topics=bench.LIVE_TOPICS,
            status=error.status if error else 200,
        )

    def _sent(self) -> Filled:
        names = ("resolution", "note", "account", "partner", "reference", "until")
        way, note, *rest = (self.request.POST.get(name, "").strip() for name in names)
        return Filled(way, note[: services.NOTE_LENGTH_MAX], *rest)

    def _resolve(self, found: Deviation, choice: Choice) -> str:
        fields = self.request.POST
        if not choice.way:
            raise Invalid(reason=_("choose how to resolve it"))
        if found.status != "open":
            raise services.ExceptionNotOpen(state=found.status)
        if fields.get("version") != one_exception.version_of(found):
            raise services.ExceptionChanged()
        if choice.way == "wait":
            day = _day(fields.get("until", ""))
            if day is None:
                raise Invalid(reason=_("say until when it waits"))
            passing_on.wait_until(exception_id=found.id, day=day, note=choice.note, now=self.now)
            messages.success(self.request, _("{reference} waits.").format(reference=reference_words(found)))
            return self._next(found)
        granted = approvals.find_granted(services.wish_for(found, queries.standing_of(found), choice))
        services.decide(
            exception_id=found.id,
            choice=choice,
            role=self.caller.role,
            approval_id=granted.id if granted else None,
            now=self.now,
        )
        messages.success(self.request, _("{reference} is resolved.").format(reference=reference_words(found)))
        return self._next(found)

    def _next(self, found: Deviation) -> str:
        return bench.next_open(self.request.POST.get("batch", ""), found.id, today=services.today_of(self.now))


class OneActView(DeskView):
    """A form about one exception that leads back to it. Subclasses write `act`."""

    def post(self, request: HttpRequest, exception_id: UUID) -> HttpResponse:
        """Do it once; what is refused is shown on the exception's page."""
        found = queries.get_work(exception_id)
        return self.once(lambda: self._act(found), found)

    def once(self, act: Callable[[], str], found: Deviation) -> HttpResponse:
        """Do `act` once; show what was refused."""
        try:
            return self.act_once(self.request, act)
        except NotFound:
            raise
        except AppError as error:
            messages.error(self.request, f"{error.message} {error.next_step}".strip())
            return self.lead_to(self.back_to(f"/reconciliation/exceptions/{found.id}/"))

    def _act(self, found: Deviation) -> str:
        said = self.act(found)
        messages.success(self.request, said)
        batch = typed_id(self.request.GET.get("batch", ""))
        query = f"batch={batch}&" if batch else ""
        return self.back_to(f"/reconciliation/?{query}exception={found.id}")

    def act(self, found: Deviation) -> str:
        """Do it and return what to say."""
        raise NotImplementedError


class UndoView(OneActView):
    """`/reconciliation/exceptions/<id>/undo/`."""

    def act(self, found: Deviation) -> str:
        """Take the decision back."""
        services.undo(exception_id=found.id, note=self.request.POST.get("note", ""), now=self.now)
        return _("{reference} is open again; what was booked is taken back.").format(reference=reference_words(found))


class AssignView(OneActView):
    """`/reconciliation/exceptions/<id>/assign/`."""

    def act(self, found: Deviation) -> str:
        """Give it to somebody."""
        fields = self.request.POST
        owner_id, due_on = typed_id(fields.get("owner", "")), _day(fields.get("due_on", ""))
        passing_on.assign(exception_id=found.id, owner_id=owner_id, due_on=due_on, now=self.now)
        return _("Saved.")


class NoteView(OneActView):
    """`/reconciliation/exceptions/<id>/note/`."""

    def act(self, found: Deviation) -> str:
        """Keep a note."""
        passing_on.add_note(exception_id=found.id, text=self.request.POST.get("note", ""), now=self.now)
        return _("The note is kept.")


class CloseView(DeskView):
    """`/reconciliation/close/`: a batch is done."""

    right = "reconciliation.close"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close the report `batch` or the `statement` once; what one person decided alone above their limit asks a second one first."""
        report_id, statement_id = (typed_id(request.GET.get(name, "")) for name in ("batch", "statement"))
        if (report_id is None) == (statement_id is None):
            raise NotFound()
        batch = Batch(report_id, statement_id)
        back = f"/reconciliation/?batch={report_id}" if report_id else f"/imports/statements/{statement_id}/"
        try:
            return self.act_once(request, lambda: self._close(batch, back))
        except NotFound:
            raise
        except ApprovalNeeded as needed:
            self.ask_second_person(needed, self._wish(batch))
        except AppError as error:
            messages.error(request, f"{error.message} {error.next_step}".strip())
        return self.lead_to(back)

    def _wish(self, batch: Batch) -> Wish:
        return closing.wish_for(batch, closing.decided_alone(batch, day=services.today_of(self.now)))

    def _close(self, batch: Batch, back: str) -> str:
        granted = approvals.find_granted(self._wish(batch))
        closing.close_batch(
            report_id=batch.report_id,
            statement_id=batch.statement_id,
            role=self.caller.role,
            approval_id=granted.id if granted else None,
            now=self.now,
        )
        messages.success(self.request, _("The batch is closed. Nothing of it is undone any more."))
        return back


def sentences_of(error: AppError) -> tuple[str, ...]:
    """Return what a refusal says: what happened, what it means for the money where that is not just that none moved, and what to do."""
    money = error.money if type(error).money != NO_MONEY_MOVED else ""
    return tuple(sentence for sentence in (error.message, money, error.next_step) if sentence)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(reason=_("a day is written as 2026-11-22")) from None
