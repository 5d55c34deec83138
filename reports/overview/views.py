"""Home."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from merchant.core.callers import SIGNED_IN
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import places_of, scope_of
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from reports.overview.building import build_home, look_of


class HomeView(StaffPageView):
    """`/`: what needs me now, what was taken, where the money is."""

    right = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show Home for the part of the business in the address. Only the whole business is drawn live: its boxes are drawn once for everybody."""
        locale = locale_of(request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        look = look_of(
            self.caller, places=places_of(self.caller).stores, scope=scope_of(request, self.caller), locale=locale
        )
        topics = (merchant_topic("takings"),) if look.is_whole and self.caller.has_right("report.read") else ()
        return self.page("reports/overview/home.html", build_home(look), current="home", live_topics=topics)
