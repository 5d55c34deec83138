"""A till between shifts: the rules of its drawer, and training."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import queries as accounts
from merchant.core.errors import AppError
from merchant.core.pages.display import field_amount
from merchant.core.pages.parts import Action, Fact
from merchant.merchants.models import Register
from terminals.pos.shifts import drawer, queries
from terminals.pos.shifts.accepting import ACCEPTS
from terminals.pos.shifts.page_base import ShiftPageView, amount_of
from terminals.pos.shifts.pages import TillPage
from terminals.pos.shifts.tablets import NewCode, TabletsCard, tablets_card
from terminals.pos.training import services as training


class OneTillView(ShiftPageView):
    """What the pages of one till need."""

    def own_register(self, register_id: UUID) -> Register:
        """Return a register of a store the person sees. :raises NotFound: for others."""
        register = accounts.get_register(register_id)
        self.require_store(register.store_id)
        return register

    def till_page(
        self, register: Register, error: AppError | None = None, *, code: NewCode | None = None
    ) -> HttpResponse:
        """Return the page, with what was refused above it; `code` only where one was just made."""
        may = self.caller.has_right
        tablets = tablets_card(register, may_pair=may("device.manage"), may_see=may("device.read"), code=code)
        page = _till_page(register, may_change=may(ACCEPTS), tablets=tablets, error=error)
        return self.page("terminals/shifts/till.html", page, current="day_close", status=error.status if error else 200)


class TillView(OneTillView):
    """`/day-close/tills/<id>/`."""

    def get(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Show the till."""
        return self.till_page(self.own_register(register_id))


class TillRulesView(OneTillView):
    """`/day-close/tills/<id>/rules/`."""

    right = {"POST": "shift.approve"}

    def post(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Set the rules of its drawer, once."""
        register = self.own_register(register_id)
        return self.once(request, lambda: self._set(register), lambda error: self.till_page(register, error))

    def _set(self, register: Register) -> str:
        fields, currency = self.request.POST, register.store.currency
        limits = {
            name: amount_of(written, currency) if (written := fields.get(name, "").strip()) else None
            for name in ("limit", "difference_limit")
        }
        drawer.set_rules(
            register_id=register.id,
            limit_minor=limits["limit"],
            difference_limit_minor=limits["difference_limit"],
            is_blind=fields.get("is_blind") == "on",
            now=self.now,
        )
        drawer.check_limit(register.id, now=self.now)
        messages.success(self.request, _("The drawer\u2019s rules are set."))
        return f"/day-close/tills/{register.id}/"


class TillTrainingView(OneTillView):
    """`/day-close/tills/<id>/training/`."""

    right = {"POST": "shift.approve"}

    def post(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Put the till into training or take it out, once."""
        register = self.own_register(register_id)
        return self.once(request, lambda: self._switch(register), lambda error: self.till_page(register, error))

    def _switch(self, register: Register) -> str:
        is_training = self.request.POST.get("is_training") == "on"
        training.switch(register_id=register.id, is_training=is_training, now=self.now)
        said = _("{till} is in training.") if is_training else _("{till} sells for real.")
        messages.success(self.request, said.format(till=register.name))
        return f"/day-close/tills/{register.id}/"


def _till_page(
    register: Register, *, may_change: bool, tablets: TabletsCard | None, error: AppError | None
) -> TillPage:
    rules, currency = queries.drawer_of(register.id), register.store.currency
    shift = queries.find_open_shift(register.id)
    last = queries.last_closings([register.id]).get(register.id)
    facts = [Fact(_("Code"), register.code), Fact(_("Last receipt"), str(register.last_receipt_number))]
    if last is not None:
        facts.append(Fact(_("Last Z"), f"{register.name}-{last.number}", f"/day-close/closings/{last.id}/"))
    if shift is not None:
        facts.append(Fact(_("Shift"), shift.person, f"/day-close/shifts/{shift.id}/"))
    opens = Action(_("Open a shift"), f"/day-close/open/?register={register.id}", "plus", tone="primary")
    return TillPage(
        id=str(register.id),
        title=f"{register.store.name}, {register.name}",
        state="training" if register.is_training else "open" if shift else "none",
        facts=tuple(facts),
        currency=currency,
        limit=field_amount(rules.limit_minor, currency),
        difference_limit=field_amount(rules.difference_limit_minor, currency),
        is_blind=rules.is_blind,
        is_training=register.is_training,
        may_change=may_change,
        keys=(str(uuid4()), str(uuid4())),
        tablets=tablets,
        actions=() if shift or register.is_training else (opens,),
        errors=(f"{error.message} {error.next_step}".strip(),) if error else (),
    )
