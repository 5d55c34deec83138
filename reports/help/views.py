"""`/help/`: guides for staff."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from merchant.core.callers import SIGNED_IN
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Link
from merchant.core.staff_pages import StaffPageView
from reports.help.guides import get_guide, list_guides
from reports.help.pages import GuideListPage, GuidePage


class GuideListView(StaffPageView):
    """`/help/`."""

    right = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every guide, or those that hold what was searched for."""
        text = Here.of(request).one("q")[:100]
        page = GuideListPage(tuple(list_guides(language=_language(), text=text)), text)
        return self.page("reports/help/list.html", page, current="help")


class GuideView(StaffPageView):
    """`/help/<slug>/`."""

    right = SIGNED_IN

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show one guide."""
        guide = get_guide(slug, language=_language())
        others = list_guides(language=_language())
        links = tuple(Link(other.title, f"/help/{other.slug}/") for other in others if other.slug != slug)
        return self.page("reports/help/guide.html", GuidePage(guide, links), current="help")


def _language() -> str:
    return (get_language() or "en").split("-")[0]
