"""One shift for staff: opened, moved, counted, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import queries as accounts
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core.errors import AppError, Invalid
from merchant.core.filters import typed_id
from merchant.core.money import Money, exponent
from merchant.core.pages.parts import Fact, Notice
from payments.records.models import METHODS
from terminals.pos.shifts import blockers, counting, drawer, drawing, figures, queries, services
from terminals.pos.shifts.accepting import ACCEPTS, Acceptance
from terminals.pos.shifts.counting import Counted
from terminals.pos.shifts.denominations import denominations_of
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Drawer, Shift
from terminals.pos.shifts.page_base import (
    ShiftPageView,
    amount_of,
    count_of,
    form_page,
    whole_of,
    wish_of,
    written_amount_of,
)
from terminals.pos.shifts.pages import PieceField, ShiftPage
from terminals.pos.shifts.states import ASKED_KINDS

T = TypeVar("T")


class OneShiftView(ShiftPageView):
    """What the pages of one shift need."""

    def shift_page(self, shift: Shift, error: AppError | None = None, notice: Notice | None = None) -> HttpResponse:
        """Return the page, with what was refused or asked above it."""
        page = _shift_page(shift, caller_may=self.caller.has_right, entered=self.request.POST.dict(), error=error)
        if notice:
            page = replace(page, notices=(*page.notices, notice))
        status = error.status if error else 200
        return self.page("terminals/shifts/shift.html", page, current="day_close", status=status)

    def with_approval(self, end: Callable[[Acceptance], T]) -> T:
        """Do what ends a shift, with an approval that was given for it if one is needed. :raises ApprovalNeeded: if there is none."""
        is_own = self.caller.has_right(ACCEPTS)
        try:
            return end(Acceptance(is_own))
        except ApprovalNeeded as needed:
            granted = approvals.find_granted(wish_of(needed, ""))
            if granted is None:
                raise
            return end(Acceptance(is_own, granted.id))

    def ending_refused(self, shift: Shift, error: AppError) -> HttpResponse:
        """Show what was refused; where somebody else has to accept it, they are asked."""
        if not isinstance(error, ApprovalNeeded) or not error.data["approvers"]:
            return self.shift_page(shift, error)
        approvals.ask_once(wish=wish_of(error, self.request.POST.get("reason", "")[:200]))
        names = ", ".join(one["name"] for one in error.data["approvers"])
        title = _("Somebody else has to accept this; nothing was closed.")
        text = _("Asked: {who}. Press again once somebody has accepted it.").format(who=names)
        return self.shift_page(shift, notice=Notice("info", title, text, "hourglass"))


class ShiftDetailView(OneShiftView):
    """`/day-close/shifts/<id>/`."""

    def get(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        """Show the shift: figures, movements, counts, what keeps it open, and the forms."""
        return self.shift_page(self.own_shift(shift_id))


class ShiftCountView(OneShiftView):
    """`/day-close/shifts/<id>/count/`."""

    right = {"POST": "shift.manage"}

    def post(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        """Store the count, once."""
        shift = self.own_shift(shift_id)
        return self.once(request, lambda: self._count(shift), lambda error: self.shift_page(shift, error))

    def _count(self, shift: Shift) -> str:
        fields = self.request.POST
        pieces = {
            value: whole_of(written)
            for value in denominations_of(shift.currency)
            if (written := fields.get(f"piece_{value}", "").strip())
        }
        loose = amount_of(written, shift.currency) if (written := fields.get("loose", "").strip()) else None
        slips = {
            method: amount_of(written, shift.currency)
            for method in METHODS
            if method != "cash" and (written := fields.get(f"slips_{method}", "").strip())
        }
        counted = Counted(pieces, loose, slips)
        counting.count_drawer(shift_id=shift.id, counted=counted, person=self.person, now=self.now)
        return f"/day-close/shifts/{shift.id}/#close"


class ShiftCloseView(OneShiftView):
    """`/day-close/shifts/<id>/close/`."""

    right = {"POST": "shift.manage"}

    def post(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        """Close the shift and make its Z, once."""
        shift = self.own_shift(shift_id)
        return self.once(request, lambda: self._close(shift), lambda error: self.ending_refused(shift, error))

    def _close(self, shift: Shift) -> str:
        fields = self.request.POST
        closing = self.with_approval(
            lambda acceptance: services.close_shift(
                shift_id=shift.id,
                count_id=count_of(fields),
                left_minor=written_amount_of(fields.get("left", ""), shift.currency),
                reason=fields.get("reason", "")[:200],
                unsent=0,
                leaves_orders=fields.get("leaves_orders") == "on",
                acceptance=acceptance,
                person=self.person,
                now=self.now,
            )
        )
        messages.success(self.request, _("The shift is closed; this is its Z."))
        return f"/day-close/closings/{closing.id}/"


class ShiftHandOverView(OneShiftView):
    """`/day-close/shifts/<id>/hand-over/`."""

    right = {"POST": "shift.manage"}

    def post(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        """End the shift at its count and begin the next person's, once."""
        shift = self.own_shift(shift_id)
        return self.once(request, lambda: self._hand_over(shift), lambda error: self.ending_refused(shift, error))

    def _hand_over(self, shift: Shift) -> str:
        fields = self.request.POST
        people = {str(member.id): member for member in queries.list_cashiers(shift.store_id)}
        to = people.get(fields.get("to", ""))
        if to is None:
            raise Invalid(reason=_("choose who goes on"))
        following = self.with_approval(
            lambda acceptance: services.hand_over(
                shift_id=shift.id,
                count_id=count_of(fields),
                to=Person(str(to.user), to.id),
                reason=fields.get("reason", "")[:200],
                acceptance=acceptance,
                now=self.now,
            )
        )
        messages.success(self.request, _("Handed over to {name}.").format(name=following.person))
        return f"/day-close/shifts/{following.id}/"


class MovementCreateView(OneShiftView):
    """`/day-close/shifts/<id>/movements/`."""

    right = {"POST": "shift.manage"}

    def post(self, request: HttpRequest, shift_id: UUID) -> HttpResponse:
        """Move the drawer's cash, once."""
        shift = self.own_shift(shift_id)
        return self.once(request, lambda: self._move(shift), lambda error: self.shift_page(shift, error))

    def _move(self, shift: Shift) -> str:
        fields = self.request.POST
        kind, reason = fields.get("kind", ""), fields.get("why", "").strip()[:200]
        minor = amount_of(fields.get("amount", ""), shift.currency)
        if kind not in ASKED_KINDS or not reason or (kind == "no_sale") != (minor == 0):
            raise Invalid(reason=_("choose what happened, with an amount and a reason"))
        drawer.move_cash(
            shift_id=shift.id, kind=kind, amount_minor=minor, reason=reason, person=self.person, now=self.now
        )
        return f"/day-close/shifts/{shift.id}/"


class ShiftOpenView(ShiftPageView):
    """`/day-close/open/`."""

    right = "shift.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the shift, once."""
        return self.once(request, self._open, self._form)

    def _open(self) -> str:
        fields = self.request.POST
        key = typed_id(fields.get("place", ""))
        if key is None:
            raise Invalid(reason=_("choose the till"))
        register = accounts.get_register(key)
        self.require_store(register.store_id)
        shift = services.open_shift(
            register=queries.register_facts_of(register.id),
            float_minor=written_amount_of(fields.get("amount", ""), register.store.currency),
            person=self.person,
            now=self.now,
        )
        return f"/day-close/shifts/{shift.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        choices = [
            (str(one.id), f"{one.store.name}, {one.name}") for one in accounts.list_registers(self.caller.stores)
        ]
        entered = {"place": self.request.GET.get("register", ""), **self.request.POST.dict()}
        page = form_page(_("Open a shift"), "/day-close/open/", choices, entered, error)
        return self.page("terminals/shifts/open.html", page, current="day_close", status=error.status if error else 200)


def _shift_page(
    shift: Shift, *, caller_may: Callable[[str], bool], entered: dict[str, str], error: AppError | None
) -> ShiftPage:
    is_open, currency = shift.status == "open", shift.currency
    rules = queries.drawer_of(shift.register_id)
    shows_x = is_open and (not rules.is_blind or caller_may(ACCEPTS))
    x = figures.take_figures(figures.span_of(shift.register_id)) if is_open else None
    found = x if shows_x else None
    methods = [tender.method for tender in x.tenders if tender.method != "cash"] if x else []
    counts = list(shift.counts.order_by("-id"))
    held_up = [*blockers.list_open_payments(shift.register_id), *blockers.list_open_orders(shift.register_id)]
    return ShiftPage(
        id=str(shift.id),
        register_id=str(shift.register_id),
        title=f"{shift.register.name}, {shift.person}",
        state=shift.status,
        facts=_shift_facts(shift),
        stats=drawing.x_stats(found, currency) if found else (),
        movements=tuple(drawing.movement_line(movement) for movement in queries.list_movements(shift.id)),
        counts=tuple(drawing.count_line(count, currency) for count in counts),
        blockers=tuple(held_up) if is_open else (),
        pieces=tuple(
            PieceField(f"piece_{value}", Money(value, currency), entered.get(f"piece_{value}", ""))
            for value in denominations_of(currency)
        ),
        digits=exponent(currency),
        idempotency_key=str(uuid4()),
        count_id=str(counts[0].id) if counts else "",
        difference=Money(counts[0].counted_minor - counts[0].expected_minor, currency) if counts else None,
        is_open=is_open,
        may_manage=caller_may("shift.manage"),
        may_accept=caller_may(ACCEPTS),
        notices=_limit_notice(rules),
        errors=(f"{error.message} {error.next_step}".strip(),) if error else (),
        entered=entered,
        slips=tuple((f"slips_{one}", drawing.method_word(one), entered.get(f"slips_{one}", "")) for one in methods),
        kinds=tuple((kind, drawing.movement_word(kind)) for kind in ASKED_KINDS),
        people=tuple((str(member.id), str(member.user)) for member in queries.list_cashiers(shift.store_id)),
    )


def _limit_notice(rules: Drawer) -> tuple[Notice, ...]:
    if rules.over_limit_since is None:
        return ()
    return (Notice("warn", _("The drawer holds more than its limit."), _("Bring cash to the safe."), "banknote"),)


def _shift_facts(shift: Shift) -> tuple[Fact, ...]:
    facts = [
        Fact(_("Store"), shift.store.name),
        Fact(_("Opened"), shift.opened_at),
        Fact(_("Float"), Money(shift.float_minor, shift.currency)),
        Fact(_("Receipts after"), str(shift.receipts_after)),
    ]
    if shift.ended_at is not None:
        facts.append(Fact(_("Ended"), shift.ended_at))
        facts.append(Fact(_("Expected"), Money(shift.expected_minor or 0, shift.currency)))
        facts.append(Fact(_("Counted"), Money(shift.counted_minor or 0, shift.currency), note=shift.reason))
    if shift.closing_id:
        facts.append(Fact(_("Z"), _("the Z that counts it"), f"/day-close/closings/{shift.closing_id}/"))
    return tuple(facts)
