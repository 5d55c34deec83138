"""Home."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from merchant.core.callers import SIGNED_IN
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import places_of, scope_of
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from reports.overview.building import build_home, look_of
from reports.overview.inbox import build_needs
from reports.setup.checklist import demo_notice, find_checklist


class HomeView(StaffPageView):
    """`/`: what needs me now, what was taken, where the money is."""

    right = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """
        Show Home for the part of the business in the address; to htmx only what needs the person, which is asked for when it has changed.

        Only the whole business is drawn live: its boxes are drawn once for everybody.
        """
        locale = locale_of(request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        look = look_of(
            self.caller, places=places_of(self.caller).stores, scope=scope_of(request, self.caller), locale=locale
        )
        if self.is_part:
            return self.fragment("reports/overview/needs.html", build_needs(look))
        is_live = look.is_whole and self.caller.has_right("report.read")
        topics = (merchant_topic("takings"), merchant_topic("inbox")) if is_live else ()
        demo = demo_notice(self.caller)
        page = replace(
            build_home(look),
            checklist=find_checklist(self.caller) if look.is_whole else None,
            notices=(demo,) if demo else (),
        )
        return self.page("reports/overview/home.html", page, current="home", live_topics=topics)
