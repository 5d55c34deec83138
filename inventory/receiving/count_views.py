"""Counts for staff: scan, type how many, go on; the store sells meanwhile."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.receiving import counts, forms, queries
from inventory.receiving.models import StockCount
from inventory.receiving.pages import PaperLine, PaperPage, PaperRow
from inventory.receiving.paper_views import NewPaper, PaperAct, PaperDetail, PaperView
from inventory.receiving.states import COUNT
from merchant.core.errors import AppError
from merchant.core.pages.parts import Fact
from merchant.merchants import queries as merchants


class CountPage(PaperView):
    """What the pages of counts share."""

    url: ClassVar[str] = "/stock/counts/"

    def paper(self, paper_id: UUID) -> StockCount:
        """Return a count the caller sees. :raises NotFound: for any other."""
        found: StockCount = queries.get_of(queries.list_counts(stores=self.caller.stores), paper_id)
        return found

    def shown(self, paper: StockCount, error: AppError | None = None) -> HttpResponse:
        """Show the count, and why something was refused."""
        is_open = paper.status == "open"
        scan = self.scan_form(paper, "lines", _("Counted"), error)
        book = self.end_form(paper, "booking", _("Book the differences"), "badge-check", asks_reason=True)
        drop = self.end_form(paper, "drop", _("Drop the count"), "ban")
        may_count, may_book = self.caller.has_right("stock.receive"), self.caller.has_right("stock.manage")
        page = PaperPage(
            title=_("Count"),
            number=paper.number,
            status=paper.status,
            back_url=self.url,
            back_label=_("Counts"),
            facts=(
                Fact(_("Store"), paper.store.name),
                Fact(_("Begun"), paper.begun_at),
                Fact(_("Note"), paper.note or "—"),
            ),
            columns=(_("Counted"), _("Expected then"), _("Difference")),
            lines=tuple(_line(line) for line in paper.lines.select_related("variant__product").order_by("-counted_at")),
            scan=scan if is_open and may_count else None,
            ends=(*((book,) if is_open and may_book else ()), *((drop,) if is_open and may_count else ())),
        )
        return self.paper_page(page, status=422 if error else 200)


class CountListView(CountPage):
    """`/stock/counts/`."""

    right = "stock.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of counts."""
        return self.list_page(
            request, queries.list_counts(stores=self.caller.stores), title=_("Counts"), statuses=COUNT.states, row=_row,
            hint=_("Count while the store sells: what is sold meanwhile is taken into account."), right="stock.receive",
        )  # fmt: skip


class NewCountView(NewPaper, CountPage):
    """`/stock/counts/new/`."""

    right = "stock.receive"

    def make(self) -> StockCount:
        """Begin a count."""
        fields: Any = self.request.POST.dict()
        store_id = merchants.get_own_store_id(self.caller, forms.read_store(fields, "store"))
        return counts.begin_count(store_id=store_id, note=fields.get("note", "")[:120], now=self.now)

    def form(self, error: AppError | None = None) -> HttpResponse:
        """Ask for the store."""
        return self.blank(error, title=_("New count"), fields=(self.store_field(), self.note_field(_("Note"))))


class CountDetailView(PaperDetail, CountPage):
    """`/stock/counts/<id>/`."""


class CountLineView(PaperAct, CountPage):
    """`/stock/counts/<id>/lines/`."""

    right = "stock.receive"

    def act(self, paper: StockCount) -> None:
        """Note what was counted of one article."""
        fields = self.request.POST
        variant = forms.read_article(fields.get("article", ""))
        quantity = forms.read_quantity(fields.get("quantity", ""))
        counts.record_count(count_id=paper.id, variant_id=variant.id, quantity=quantity, now=self.now)


class BookCountView(PaperAct, CountPage):
    """`/stock/counts/<id>/booking/`."""

    right = "stock.manage"

    def act(self, paper: StockCount) -> None:
        """Book the differences."""
        reason = self.request.POST.get("reason", "").strip()[:120] or _("count")
        counts.book_count(count_id=paper.id, reason=reason, now=self.now)
        messages.success(self.request, _("The differences are booked."))


class DropCountView(PaperAct, CountPage):
    """`/stock/counts/<id>/drop/`."""

    right = "stock.receive"
    is_refused_apart = True

    def act(self, paper: StockCount) -> None:
        """Drop the count."""
        counts.drop_count(count_id=paper.id, now=self.now)

    def leads_to(self, paper: StockCount) -> str:
        """Lead to the list: a dropped count says nothing."""
        return self.url


def _row(count: StockCount) -> PaperRow:
    return PaperRow(
        str(count.id),
        f"/stock/counts/{count.id}/",
        count.number,
        count.store.name,
        count.note,
        count.begun_at,
        count.status,
    )


def _line(line: Any) -> PaperLine:
    figures = (line.counted_quantity, line.expected_quantity, line.difference)
    return PaperLine(line.variant.product.name, line.variant.sku, figures, line.difference != 0)
