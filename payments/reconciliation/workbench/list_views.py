"""`/reconciliation/exceptions/`: all that is open as a list, narrowed and sorted by its address, and one decision about what is ticked."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models.functions import Abs
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core.errors import AppError
from merchant.core.filters import typed_id
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Choice as Offer
from merchant.core.pages.parts import EmptyState, FilterBar, Link, ListFrame, Pager
from merchant.core.pages.status import RECON
from payments.reconciliation.desk import bulk, live, queries
from payments.reconciliation.desk.queries import Wanted
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.ways import AGES, BOOKABLE, ways_of
from payments.reconciliation.models import Deviation
from payments.reconciliation.states import EXCEPTION_KINDS
from payments.reconciliation.workbench import bench
from payments.reconciliation.workbench import options as bench_options
from payments.reconciliation.workbench import queries as bench_queries
from payments.reconciliation.workbench import work as bench_work
from payments.reconciliation.workbench.decision_views import DeskView
from payments.reconciliation.workbench.pages import ExceptionListPage, ExceptionRow, Selection
from payments.reconciliation.workbench.words import days_in_words

_ADDRESS = "/reconciliation/exceptions/"


class ExceptionListView(DeskView):
    """Every open exception that fits the address."""

    right = "reconciliation.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of them."""
        here, today = Here.of(request), bench_work.today_of(self.caller)
        sort = here.one("sort") if here.one("sort") in bench.SORTS else "largest"
        rows = Deviation.objects.filter(status="open").annotate(size=Abs("amount_minor"))
        edge = bench_queries.edge_of(here.one("after") or here.one("before"))
        found = bench_queries.list_page(
            queries.narrowed(rows, _wanted(here), today=today), edge, order=bench.SORTS[sort],
            is_back=bool(here.one("before") and edge),
        )  # fmt: skip
        words = bench.sort_words()
        page = ExceptionListPage(
            list=ListFrame(
                bar=self._bar(here),
                pager=Pager(
                    here.url(after=found.after) if found.after else "",
                    here.url(before=found.before) if found.before else "",
                    len(found.rows),
                ),
                empty=EmptyState(
                    "circle-check", _("Nothing is open"), _("Whatever a run cannot explain appears here.")
                ),
                title=_("Exceptions"),
                export_url="/exports/new/?subject=reconciliation",
            ),
            rows=tuple(self._row(one) for one in found.rows),
            selection=self._selection(here, found.rows),
            sorts=tuple(Link(label, here.url(sort=name)) for name, label in words.items()),
            sort_label=words[sort],
        )
        return self.page(
            "payments/reconciliation/exceptions.html", page, current="reconciliation", live_topics=(live.TOPIC,)
        )

    def _row(self, found: Deviation) -> ExceptionRow:
        here = Here(f"{_ADDRESS}{found.id}/", {})
        return bench.exception_row(here, found, is_current=False, today=bench_work.today_of(self.caller))

    def _bar(self, here: Here) -> FilterBar:
        people = [("none", _("Nobody")), *((str(one.id), str(one.user)) for one in queries.list_workers())]
        return here.bar(
            here.choice("kind", _("Kind"), [(kind, RECON[kind].word) for kind in EXCEPTION_KINDS]),
            here.choice("owner", pgettext("of an exception", "Owner"), people),
            here.choice("age", _("Age in days"), [(age, age) for age in AGES]),
            here.choice("overdue", _("Due"), [("yes", _("Overdue"))]),
            here.choice("waiting", _("Waiting"), [("yes", _("Waits for a later day")), ("no", _("Is due now"))]),
            search_hint=_("reference"),
        )

    def _selection(self, here: Here, rows: list[Deviation]) -> Selection | None:
        if not rows or not self.caller.has_right("reconciliation.resolve"):
            return None
        kinds = {row.kind for row in rows}
        if len(kinds) > 1:
            hint = _("Choose one kind above to decide about several at once.")
            return Selection("", "", (), (), "", hint)
        titles = bench_options.titles()
        names = {way.name for row in rows[:1] for way in ways_of(queries.standing_of(row))} - {"link", "wait"}
        return Selection(
            action_url=f"{_ADDRESS}decide/",
            idempotency_key=str(uuid4()),
            ways=tuple(Offer(titles[name], name) for name in titles if name in names),
            accounts=tuple(Offer(str(bench_options.ACCOUNTS[name]), name) for name in BOOKABLE)
            if "book" in names
            else (),
            back=here.url(),
        )


class DecideManyView(DeskView):
    """`/reconciliation/exceptions/decide/`."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Decide about what is ticked, once; above the person's limit a second one is asked first."""
        fields = request.POST
        ids = [key for key in (typed_id(text) for text in fields.getlist("selected")) if key]
        choice = Choice(fields.get("resolution", ""), fields.get("note", "").strip(), fields.get("account", ""))
        back = self.back_to(_ADDRESS)

        def act() -> str:
            wish = bulk.wish_of(ids, choice, now=self.now)
            granted = approvals.find_granted(wish) if wish else None
            answers = bulk.decide_many(
                exception_ids=ids,
                choice=choice,
                role=self.caller.role,
                approval_id=granted.id if granted else None,
                now=self.now,
            )
            self._say(answers)
            return back

        try:
            return self.act_once(request, act)
        except ApprovalNeeded as needed:
            wish = bulk.wish_of(ids, choice, now=self.now)
            if wish is not None:
                self.ask_second_person(needed, wish)
        except AppError as error:
            messages.error(request, f"{error.message} {error.next_step}".strip())
        return self.lead_to(back)

    def _say(self, answers: list[bulk.Answer]) -> None:
        done = sum(answer.is_resolved for answer in answers)
        said = ngettext("{number} resolved.", "{number} resolved.", done).format(number=done)
        messages.add_message(self.request, messages.SUCCESS if done else messages.WARNING, said)
        for answer in answers:
            if not answer.is_resolved:
                messages.warning(
                    self.request, f"{days_in_words(answer.reference) or answer.exception_id}: {answer.message}"
                )


class UndoManyView(DeskView):
    """`/reconciliation/exceptions/decide/<selection>/undo/`."""

    def post(self, request: HttpRequest, selection_id: UUID) -> HttpResponse:
        """Take back, once, what was decided together."""
        bulk.require_selection(selection_id)
        return self.act_once(request, lambda: self._undo(selection_id))

    def _undo(self, selection_id: UUID) -> str:
        note = self.request.POST.get("note", "")
        answers = bulk.undo_selection(selection_id=selection_id, note=note, now=self.now)
        done = sum(answer.is_resolved for answer in answers)
        words = ngettext("{number} is open again.", "{number} are open again.", done)
        messages.success(self.request, words.format(number=done))
        for answer in answers:
            if not answer.is_resolved:
                messages.warning(self.request, f"{days_in_words(answer.reference)}: {answer.message}")
        return self.back_to("/reconciliation/")


def _wanted(here: Here) -> Wanted:
    owner, ages = here.one("owner"), here.one("age")
    return Wanted(
        kinds=tuple(kind for kind in here.params.get("kind", ()) if kind in EXCEPTION_KINDS),
        owner=owner if owner == "none" else typed_id(owner),
        age=ages if ages in AGES else "",
        is_overdue=here.one("overdue") == "yes",
        is_waiting={"yes": True, "no": False}.get(here.one("waiting")),
        text=here.one("q"),
    )
