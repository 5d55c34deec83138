"""What the pages of deliveries, transfers and counts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.receiving.pages import NewPaperPage, PaperListPage, PaperPage, PaperRow
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame
from merchant.core.pages.status import GOODS_IN
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store


class PaperView(StaffPageView):
    """A page about one kind of paper. `url` is where its list stands."""

    url: ClassVar[str] = ""

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

    def own_store(self, store_id: UUID) -> UUID:
        """Return a store's id. :raises NotFound: if the caller may not touch it, or it does not exist."""
        self.require_store(store_id)
        if not Store.objects.filter(id=store_id).exists():
            raise NotFound()
        return store_id

    def blank(self, error: AppError | None, **settings: Any) -> HttpResponse:
        """Show the form of a new paper, with what was typed and why it was refused."""
        page = NewPaperPage(
            action_url=f"{self.url}new/",
            back_url=self.url,
            idempotency_key=str(uuid4()),
            stores=self.stores(),
            entered=self.request.POST.dict() if self.request.method == "POST" else {},  # type: ignore[arg-type]
            errors=(f"{error.message} {error.next_step}".strip(),) if error else (),
            **settings,
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
