"""`/audit/`: who did what, before and after, and whether the log is as it was written."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, FilterBar, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from reports.audit_log import checking, queries
from reports.audit_log.building import KIND_WORDS, chain_notice, entry_row
from reports.audit_log.names import names_of
from reports.audit_log.pages import AuditPage
from reports.audit_log.queries import AUDIT_FILTERS
from reports.search.list_parts import export_url


class AuditLogView(StaffPageView):
    """`/audit/`. It is the whole merchant's: people of some stores have not the right."""

    right = "audit.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered acts, newest first, and the state of the chain."""
        here = Here.of(request)
        rows = queries.find_entries(queries.read_filters(here.joined(AUDIT_FILTERS)))
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        frame = ListFrame(
            title=_("Audit log"),
            bar=_bar(here),
            pager=here.pager(found),
            empty=EmptyState("shield-check", _("Nothing was done yet"), _("Every act stands here with who did it.")),
            export_url=export_url(self, here, "audit", AUDIT_FILTERS),
        )
        check = Action(_("Check the chain now"), "/audit/checks/", "shield-check", "post", key=str(uuid4()))
        named = names_of(found.rows, is_masked=self.caller.is_masked)
        currencies = queries.currencies_of(found.rows)
        notice = chain_notice(queries.chain_state(), zone=self.caller.merchant.zone)
        page = AuditPage(
            frame,
            tuple(
                entry_row(
                    row,
                    currency=currencies.get(row.subject, self.caller.merchant.base_currency),
                    subject=named.get(row.subject),
                )
                for row in found.rows
            ),
            notice,
            check,
        )
        return self.page("reports/audit_log/log.html", page, current="audit")


class AuditCheckView(StaffPageView):
    """`/audit/checks/`."""

    right = "audit.read"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Have the chain looked at, at most once a minute."""
        checking.ask_for_check(now=machine_now())
        messages.info(request, _("The chain is being looked at; the result stands here in a moment."))
        return self.lead_to("/audit/")


def _bar(here: Here) -> FilterBar:
    views: tuple[tuple[str, dict[str, str]], ...] = (
        (_("All"), {}),
        (_("Sign-ins"), {"action": "sign_in.*"}),
        (_("Rights and people"), {"action": "staff.*"}),
        (_("Shown in full"), {"action": "customer.revealed"}),
    )
    people = [(str(key), name) for key, name in queries.list_people()]
    return here.bar(
        here.days("date", _("Day")),
        here.choice("actor", _("Who"), people),
        here.choice("kind", _("Kind of caller"), [(kind, KIND_WORDS[kind]) for kind in queries.KINDS]),
        here.text("action", _("What")),
        here.text("subject", _("Object")),
        views=views,
    )
