"""The till's page, its manifest and its service worker. All three are the same for everybody: who sells is known by the tablet's token alone."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View

from terminals.till import release
from terminals.till.words import list_paper_words, list_words

# The browser fetches it each time, so a release reaches a till when it is next opened.
_ASK_AGAIN = "no-store"


class TillPageView(View):
    """`/till/`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the page. It reads no session and sets no cookie."""
        shown = {"words": list_words(), "paper_words": list_paper_words(), "static_url": settings.STATIC_URL}
        return render(request, "terminals/till/till.html", shown)


class ManifestView(View):
    """`/till/manifest.webmanifest`: what a tablet needs to install the page."""

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return the manifest in the browser's language."""
        document = {
            "id": "/till/",
            "name": _("Tillsyn till"),
            "short_name": _("Till"),
            "lang": get_language(),
            "start_url": "/till/",
            "scope": "/till/",
            "display": "standalone",
            "orientation": "any",
            "background_color": "#0D2A31",
            "theme_color": "#0D2A31",
            "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        }
        return JsonResponse(document, content_type="application/manifest+json")


class WorkerView(View):
    """`/till/worker.js`: the service worker, whose scope is the folder it is served from."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the worker with the release it keeps."""
        kept = {"name": release.name(), "files": release.list_addresses(), "static": settings.STATIC_URL}
        source = f"const RELEASE = {json.dumps(kept)};\n{release.worker_source()}"
        return HttpResponse(source, content_type="text/javascript", headers={"Cache-Control": _ASK_AGAIN})
