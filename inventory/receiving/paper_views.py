"""What the pages of deliveries, transfers and counts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.receiving.pages import EndForm, NewPaperPage, PaperListPage, PaperPage, PaperRow, ScanForm
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.forms import FormField, answered, choices_of, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame
from merchant.core.pages.status import GOODS_IN
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store


class PaperView(StaffPageView):
    """A page about one kind of paper. `url` is where its list stands."""

    url: ClassVar[str] = ""

    def paper(self, paper_id: UUID) -> Any:
        """Mandatory: return a paper the caller sees. :raises NotFound: for any other."""
        raise NotImplementedError

    def shown(self, paper: Any, error: AppError | None = None) -> HttpResponse:
        """Mandatory: show the paper, and why something was refused."""
        raise NotImplementedError

    @property
    def now(self) -> Any:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)

    def list_page(
        self,
        request: HttpRequest,
        rows: Any,
        *,
        title: str,
        statuses: tuple[str, ...],
        row: Callable[[Any], PaperRow],
        hint: str,
        right: str,
    ) -> HttpResponse:
        """Show one page of papers, newest first."""
        here = Here.of(request)
        if wanted := here.params.get("status"):
            rows = rows.filter(status__in=wanted)
        if text := here.one("q"):
            rows = rows.filter(number=text.upper())
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        bar = here.bar(
            here.choice("status", _("State"), [(status, GOODS_IN[status].word) for status in statuses]),
            search_hint=_("number"),
        )
        actions = (Action(_("New"), f"{self.url}new/", "plus", tone="primary"),) if self.caller.has_right(right) else ()
        empty = EmptyState("package", _("Nothing here yet"), hint)
        frame = ListFrame(bar=bar, pager=here.pager(found), empty=empty, actions=actions)
        page = PaperListPage(title, frame, tuple(row(paper) for paper in found.rows))
        return self.page("inventory/receiving/list.html", page, current="stock", live_topics=(merchant_topic("stock"),))

    def paper_page(self, page: PaperPage, *, status: int = 200) -> HttpResponse:
        """Show one paper."""
        topics = (merchant_topic("stock"),)
        return self.page("inventory/receiving/detail.html", page, current="stock", live_topics=topics, status=status)

    def stores(self) -> tuple[tuple[str, str], ...]:
        """Return the stores the caller may touch."""
        rows = Store.objects.order_by("name", "id")
        return tuple((str(store.id), store.name) for store in rows if self.caller.may_use_store(store.id))

    def all_stores(self) -> tuple[tuple[str, str], ...]:
        """Return every store of the merchant."""
        return tuple((str(store.id), store.name) for store in Store.objects.order_by("name", "id"))

    def store_field(self, label: str = "") -> FormField:
        """Ask which store the paper is of."""
        return FormField("store", label or _("Store"), "choice", choices=choices_of(self.stores()))

    def note_field(self, label: str) -> FormField:
        """Ask for one line of words."""
        return FormField("note", label)

    def lines_field(self) -> FormField:
        """Ask for the articles."""
        hint = _("One article a line: barcode or SKU, a space, pieces.")
        return FormField("lines", _("Articles"), "lines", hint=hint, is_required=True)

    def blank(self, error: AppError | None, *, title: str, fields: tuple[FormField, ...]) -> HttpResponse:
        """Show the form of a new paper, with what was typed and why it was refused."""
        fields = answered(fields, self.request.POST, error)
        page = NewPaperPage(
            title=title,
            action_url=f"{self.url}new/",
            back_url=self.url,
            idempotency_key=str(uuid4()),
            fields=fields,
            errors=error_lines(error, fields),
        )
        return self.page("inventory/receiving/new.html", page, current="stock", status=422 if error else 200)

    def made(
        self, request: HttpRequest, make: Callable[[], str], blank: Callable[[AppError], HttpResponse]
    ) -> HttpResponse:
        """Do `make` once; a refusal shows `blank` with its sentence."""
        try:
            return self.act_once(request, make)
        except NotFound:
            raise
        except AppError as error:
            return blank(error)

    def scan_form(
        self, paper: Any, step: str, button: str, error: AppError | None, *, with_damaged: bool = False
    ) -> ScanForm:
        """Return the form that scans one article of a paper; a refusal keeps what was typed."""
        fields = [
            FormField("article", _("Barcode or SKU"), is_required=True),
            FormField("quantity", _("Pieces"), "number", text="1", is_required=True),
        ]
        if with_damaged:
            fields.append(FormField("damaged", _("Damaged"), "number", hint=_("besides, not for the shelf")))
        told = answered(fields, self.request.POST, error)
        return ScanForm(f"{self.url}{paper.id}/{step}/", str(uuid4()), button, told, error_lines(error, told))

    def end_form(self, paper: Any, step: str, button: str, icon: str, **settings: Any) -> EndForm:
        """Return the press that ends a paper, or a part of it."""
        return EndForm(f"{self.url}{paper.id}/{step}/", str(uuid4()), button, icon, **settings)


class PaperDetail(PaperView):
    """One paper."""

    right = "stock.read"

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        """Show the paper."""
        return self.shown(self.paper(*ids.values()))


class NewPaper(PaperView):
    """The form of a new paper, and its answer."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the paper, once."""
        return self.made(request, lambda: f"{self.url}{self.make().id}/", self.form)

    def make(self) -> Any:
        """Mandatory: make the paper from what was typed and return it."""
        raise NotImplementedError

    def form(self, error: AppError | None = None) -> HttpResponse:
        """Mandatory: show the form, and why it was refused."""
        raise NotImplementedError


class PaperAct(PaperView):
    """Something done with one paper, once. A refusal is told above the paper, or with `is_refused_apart` on a page of its own."""

    is_refused_apart: ClassVar[bool] = False

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        """Do it."""
        paper = self.paper(*ids.values())
        if self.is_refused_apart:
            return self.act_once(request, lambda: self._done(paper))
        return self.made(request, lambda: self._done(paper), lambda error: self.shown(paper, error))

    def act(self, paper: Any) -> None:
        """Mandatory: do it."""
        raise NotImplementedError

    def leads_to(self, paper: Any) -> str:
        """Defaults to: the paper."""
        return f"{self.url}{paper.id}/"

    def _done(self, paper: Any) -> str:
        self.act(paper)
        return self.leads_to(paper)
