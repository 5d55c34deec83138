"""`/settings/`: where everything that can be set is found."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from merchant.core.staff_pages import StaffPageView
from merchant.merchants.settings_pages import SETTINGS_PAGES, SettingsHubPage


class SettingsHubView(StaffPageView):
    """The page."""

    right = "store.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what the caller may open."""
        groups = (
            replace(group, entries=tuple(entry for entry in group.entries if self.caller.has_right(entry.right)))
            for group in SETTINGS_PAGES
        )
        page = SettingsHubPage(tuple(group for group in groups if group.entries))
        return self.page("merchant/merchants/settings.html", page, current="settings")
