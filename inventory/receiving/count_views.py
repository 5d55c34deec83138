"""Counts for staff: scan, type how many, go on; the store sells meanwhile."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.receiving import counts, forms, queries
from inventory.receiving.models import StockCount
from inventory.receiving.pages import EndForm, PaperLine, PaperPage, PaperRow, ScanForm
from inventory.receiving.paper_views import PaperView
from inventory.receiving.states import COUNT
from merchant.core.errors import AppError
from merchant.core.pages.parts import Fact


class CountPage(PaperView):
    """What the pages of counts share."""

    url: ClassVar[str] = "/stock/counts/"

    def count(self, count_id: UUID) -> StockCount:
        """Return a count the caller sees. :raises NotFound: for any other."""
        found: StockCount = queries.get_of(queries.list_counts(stores=self.caller.stores), count_id)
        return found

    def shown(self, count: StockCount, error: AppError | None = None) -> HttpResponse:
        """Show the count, and why something was refused."""
        is_open = count.status == "open"
        scan = ScanForm(
            f"{self.url}{count.id}/lines/",
            str(uuid4()),
            _("Counted"),
            entered=self.request.POST.dict() if error else {},  # type: ignore[arg-type]
            error=f"{error.message} {error.next_step}" if error else "",
        )
        book = EndForm(
            f"{self.url}{count.id}/booking/", str(uuid4()), _("Book the differences"), "badge-check", asks_reason=True
        )
        drop = EndForm(f"{self.url}{count.id}/drop/", str(uuid4()), _("Drop the count"), "ban")
        may_count, may_book = self.caller.has_right("stock.receive"), self.caller.has_right("stock.manage")
        page = PaperPage(
            title=_("Count"),
            number=count.number,
            status=count.status,
            back_url=self.url,
            back_label=_("Counts"),
            facts=(
                Fact(_("Store"), count.store.name),
                Fact(_("Begun"), count.begun_at),
                Fact(_("Note"), count.note or "—"),
            ),
            columns=(_("Counted"), _("Expected then"), _("Difference")),
            lines=tuple(
                PaperLine(
                    line.variant.product.name,
                    line.variant.sku,
                    (line.counted_quantity, line.expected_quantity, line.difference),
                    line.difference != 0,
                )
                for line in count.lines.select_related("variant__product").order_by("-counted_at")
            ),
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


class NewCountView(CountPage):
    """`/stock/counts/new/`."""

    right = "stock.receive"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._blank()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin a count, once."""
        return self.made(request, self._make, self._blank)

    def _make(self) -> str:
        fields = self.request.POST.dict()
        store_id = self.own_store(forms.read_store(fields, "store"))  # type: ignore[arg-type]
        done = counts.begin_count(store_id=store_id, note=str(fields.get("note", ""))[:120], now=self.now)
        return f"{self.url}{done.id}/"

    def _blank(self, error: AppError | None = None) -> HttpResponse:
        return self.blank(error, title=_("New count"), note_label=_("Note"), asks_lines=False)


class CountDetailView(CountPage):
    """`/stock/counts/<id>/`."""

    right = "stock.read"

    def get(self, request: HttpRequest, count_id: UUID) -> HttpResponse:
        """Show the count."""
        return self.shown(self.count(count_id))


class CountLineView(CountPage):
    """`/stock/counts/<id>/lines/`."""

    right = "stock.receive"

    def post(self, request: HttpRequest, count_id: UUID) -> HttpResponse:
        """Note what was counted of one article, once."""
        count = self.count(count_id)
        return self.made(request, lambda: self._note(count), lambda error: self.shown(count, error))

    def _note(self, count: StockCount) -> str:
        fields = self.request.POST
        variant = queries.get_article(fields.get("article", ""))
        quantity = forms.read_quantity(fields.get("quantity", ""))
        counts.record_count(count_id=count.id, variant_id=variant.id, quantity=quantity, now=self.now)
        return f"{self.url}{count.id}/"


class BookCountView(CountPage):
    """`/stock/counts/<id>/booking/`."""

    right = "stock.manage"

    def post(self, request: HttpRequest, count_id: UUID) -> HttpResponse:
        """Book the differences, once."""
        count = self.count(count_id)
        return self.made(request, lambda: self._book(count), lambda error: self.shown(count, error))

    def _book(self, count: StockCount) -> str:
        reason = self.request.POST.get("reason", "").strip()[:120] or _("count")
        counts.book_count(count_id=count.id, reason=reason, now=self.now)
        messages.success(self.request, _("The differences are booked."))
        return f"{self.url}{count.id}/"


class DropCountView(CountPage):
    """`/stock/counts/<id>/drop/`."""

    right = "stock.receive"

    def post(self, request: HttpRequest, count_id: UUID) -> HttpResponse:
        """Drop the count, once."""
        count = self.count(count_id)
        return self.act_once(request, lambda: self._drop(count))

    def _drop(self, count: StockCount) -> str:
        counts.drop_count(count_id=count.id, now=self.now)
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
