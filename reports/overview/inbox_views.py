"""`/inbox/`: one queue over all modules."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.accounts.models import StaffMember
from merchant.core.callers import SIGNED_IN
from merchant.core.clock import machine_now
from merchant.core.filters import typed_id
from merchant.core.pages.frame import places_of, scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Choice, EmptyState, ListFrame, Pager
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from reports.overview import services
from reports.overview.building import Look, look_of
from reports.overview.inbox import MODULES, Wanted, list_inbox
from reports.overview.inbox_pages import InboxPage, InboxRow
from reports.overview.need_queries import count_needs

_ADDRESS = "/inbox/"
_PEOPLE_MAX = 200


class InboxBase(StaffPageView):
    """What the list and its form share."""

    right = SIGNED_IN

    def look(self) -> Look:
        """Return how the caller looks at the business in the address."""
        locale = locale_of(self.request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        scope = scope_of(self.request, self.caller)
        return look_of(self.caller, places=places_of(self.caller).stores, scope=scope, locale=locale)

    def rows(self, wanted: Wanted) -> list[InboxRow]:
        """Return the caller's inbox."""
        return list_inbox(self.look(), wanted)


class InboxView(InboxBase):
    """`/inbox/`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show everything that needs somebody, most urgent first."""
        here = Here.of(request)
        wanted = Wanted(here.params.get("module", ()), here.params.get("owner", ()))  # type: ignore[arg-type]
        rows = self.rows(wanted)
        people = _list_people()
        mine = str(self.caller.id)
        page = InboxPage(
            list=ListFrame(
                title=_("Needs you"),
                bar=here.bar(
                    here.choice("module", _("Where"), [(name, words) for name, (words, _kinds) in MODULES.items()]),
                    here.choice("owner", _("Who sees to it"), [("none", _("Nobody")), *people]),
                    views=((_("All"), {}), (_("Mine"), {"owner": mine}), (_("Nobody’s"), {"owner": "none"})),
                ),
                pager=Pager(),
                empty=EmptyState(
                    "circle-check", _("Nothing needs a person right now."), _("What does appears here by itself.")
                ),
            ),
            rows=tuple(rows),
            people=tuple(Choice(name, key, key == mine) for key, name in people),
            idempotency_key=str(uuid4()),
            back=here.url(),
            count=len(rows),
        )
        return self.page("reports/overview/inbox.html", page, current="home", live_topics=(services.TOPIC,))


class BellView(StaffPageView):
    """`/inbox/bell/`: how many things need the reader, for the top bar of an open page."""

    right = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the bell alone."""
        number = count_needs(self.caller).get("home", 0)
        return render(request, "components/bell.html", {"inbox_url": _ADDRESS, "number": number})


class OwnerView(InboxBase):
    """`/inbox/owner/`."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Give what is ticked to a person or to nobody, once. What the caller does not see is left as it is."""
        return self.act_once(request, self._give)

    def _give(self) -> str:
        fields = self.request.POST
        seen = {row.need.id for row in self.rows(Wanted())}
        keys = [key for key in fields.getlist("selected") if key in seen]
        number = services.give(keys=keys, member_id=typed_id(fields.get("member", "")), now=machine_now())
        if number:
            said = ngettext("{number} thing has a new owner.", "{number} things have a new owner.", number)
            messages.success(self.request, said.format(number=number))
        else:
            messages.info(self.request, _("Nothing changed hands. Tick at least one line first."))
        back = fields.get("back", "")
        is_ours = back.startswith(_ADDRESS) and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if is_ours else _ADDRESS


def _list_people() -> list[tuple[str, str]]:
    rows = StaffMember.objects.filter(is_active=True, user__is_active=True).select_related("user")
    return [(str(row.id), str(row.user)) for row in rows.order_by("user__first_name", "user__email")[:_PEOPLE_MAX]]
