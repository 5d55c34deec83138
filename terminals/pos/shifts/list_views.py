"""The day's close for staff: tills as they stand, Zs, deposits."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import queries as accounts
from merchant.core.clock import business_date
from merchant.core.errors import AppError, Invalid
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame
from merchant.core.pagination import page as paged
from merchant.merchants.models import Register
from orders.documents.api import answer as file_answer
from payments.reconciliation.matching import deposits
from payments.reconciliation.models import Deposit
from terminals.pos.shifts import drawing, papers, queries
from terminals.pos.shifts.models import Drawer, Shift
from terminals.pos.shifts.page_base import ShiftPageView, amount_of, form_page
from terminals.pos.shifts.pages import DayClosePage, RegisterRow
from terminals.pos.shifts.queries import CLOSING_FILTERS

_DEPOSITS_SHOWN = 5


class DayCloseView(ShiftPageView):
    """`/day-close/`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show each till as it stands, and the Zs, newest first."""
        here, scope = Here.of(request), scope_of(request, self.caller)
        stores = frozenset({scope.store.id}) if scope.store else self.caller.stores
        registers = list(accounts.list_registers(stores))
        filters = queries.read_filters(here.joined(CLOSING_FILTERS), only_stores=stores)
        rows = queries.find_closings(filters).select_related("register", "store")
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        bar = here.bar(
            here.choice("register", _("Till"), [(str(one.id), f"{one.store.name}, {one.name}") for one in registers]),
            here.days("date", _("Business day")),
        )
        page = DayClosePage(
            registers=_register_rows(registers),
            list=ListFrame(
                bar=bar,
                pager=here.pager(found),
                empty=EmptyState("moon", _("No Z yet"), _("The first one is made when a shift is closed.")),
                export_url=here_export(here) if self.caller.has_right("export.create") else "",
                actions=self._actions(),
            ),
            rows=tuple(drawing.closing_row(closing) for closing in found.rows),
            deposits=tuple(drawing.deposit_row(deposit) for deposit in _latest_deposits(stores)),
        )
        topics = (merchant_topic("shifts"),)
        return self.page("terminals/shifts/day_close.html", page, current="day_close", live_topics=topics)

    def _actions(self) -> tuple[Action, ...]:
        if not self.caller.has_right("shift.manage"):
            return ()
        return (
            Action(_("Send a deposit"), "/day-close/deposits/new/", "landmark"),
            Action(_("Open a shift"), "/day-close/open/", "plus", tone="primary"),
        )


class DepositCreateView(ShiftPageView):
    """`/day-close/deposits/new/`."""

    right = "shift.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the deposit, once."""
        return self.once(request, self._send, self._form)

    def _send(self) -> str:
        fields = self.request.POST
        key, reference = typed_id(fields.get("place", "")), fields.get("reference", "").strip()
        store = accounts.list_stores(self.caller.stores).filter(id=key).first() if key else None
        if store is None:
            raise Invalid(reason=_("choose the store"))
        if reference and not 6 <= len(reference) <= 40:
            raise Invalid(reason=_("a reference has 6 to 40 characters"))
        minor = amount_of(fields.get("amount", ""), store.currency)
        if minor <= 0:
            raise Invalid(reason=_("write the amount like 12.50"))
        sent = deposits.send_deposit(
            store_id=store.id,
            amount=Money(minor, store.currency),
            person=self.person.name,
            day=business_date(self.now, zone=store.zone, cutoff=store.day_cutoff),
            now=self.now,
            reference=reference,
        )
        messages.success(self.request, _("Deposit {reference} is on its way.").format(reference=sent.reference))
        return "/day-close/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        choices = [(str(one.id), f"{one.name} ({one.currency})") for one in accounts.list_stores(self.caller.stores)]
        page = form_page(_("Send a deposit"), "/day-close/deposits/new/", choices, self.request.POST.dict(), error)
        status = error.status if error else 200
        return self.page("terminals/shifts/deposit.html", page, current="day_close", status=status)


class ClosingDetailView(ShiftPageView):
    """`/day-close/closings/<id>/`."""

    def get(self, request: HttpRequest, closing_id: UUID) -> HttpResponse:
        """Show a Z."""
        closing = queries.get_closing(closing_id)
        self.require_store(closing.store_id)
        return self.page("terminals/shifts/closing.html", drawing.closing_page(closing), current="day_close")


class ClosingFileView(ShiftPageView):
    """`/day-close/closings/<id>/z.html`, `.pdf` or `.escpos`."""

    def get(self, request: HttpRequest, closing_id: UUID, format_: str) -> HttpResponse:
        """Show the Z as a paper."""
        closing = queries.get_closing(closing_id)
        self.require_store(closing.store_id)
        return file_answer(papers.render_closing(closing, format_=format_))


def here_export(here: Here) -> str:
    """Return the form that exports the Zs this list shows."""
    narrowed = {name: ",".join(values) for name, values in here.params.items() if name in CLOSING_FILTERS}
    return Here("/exports/new/", {"subject": ("closings",)}).url(**narrowed)


def _register_rows(registers: list[Register]) -> tuple[RegisterRow, ...]:
    ids = [register.id for register in registers]
    shifts = {shift.register_id: shift for shift in Shift.objects.filter(register_id__in=ids, status="open")}
    over = set(
        Drawer.objects.filter(register_id__in=ids, over_limit_since__isnull=False).values_list("register_id", flat=True)
    )
    last = queries.last_closings(ids)
    rows = []
    for register in registers:
        shift, closing = shifts.get(register.id), last.get(register.id)
        state = (
            "training" if register.is_training else "over_limit" if register.id in over else "open" if shift else "none"
        )
        rows.append(
            RegisterRow(
                id=str(register.id),
                name=register.name,
                store=register.store.name,
                state=state,
                person=shift.person if shift else "",
                since=shift.opened_at if shift else None,
                url=f"/day-close/shifts/{shift.id}/" if shift else f"/day-close/tills/{register.id}/",
                last_closing=f"Z {closing.number}" if closing else "",
            )
        )
    return tuple(rows)


def _latest_deposits(stores: frozenset[UUID] | None) -> list[Deposit]:
    rows = Deposit.objects.select_related("store").order_by("-id")
    return list((rows if stores is None else rows.filter(store_id__in=stores))[:_DEPOSITS_SHOWN])
