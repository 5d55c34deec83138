"""The API's description for programs (`/api/v1/schema/`) and for people (`/api/v1/docs/`). Public: it says what code says, and nothing of a merchant."""

from __future__ import annotations

from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views import View
from django.views.decorators.http import condition

from merchant.accounts import api_document

# An hour: a new release is read soon, and who reads it often asks with its mark and gets 304.
_AGE_SECONDS_MAX = 3600
# Every feature and the first page in each language.
_PAGES_KEPT_MAX = 128


def _etag(request: HttpRequest) -> str:
    return api_document.get_published().etag


class SchemaView(View):
    """`/api/v1/schema/`: the OpenAPI document as JSON."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the document, or 304 to who has it."""
        response: HttpResponse = condition(etag_func=_etag)(_document)(request)
        return _kept(response)


class DocsView(View):
    """`/api/v1/docs/`: how to call, and every operation by feature."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the first page."""
        return _kept(HttpResponse(_draw("", get_language() or "en")))


class FeatureDocsView(View):
    """`/api/v1/docs/<feature>/`: the operations of one feature in full."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the feature; 404 if there is none of that name."""
        if slug not in {known for known, _, _ in api_document.FEATURES}:
            raise Http404
        return _kept(HttpResponse(_draw(slug, get_language() or "en")))


def _document(request: HttpRequest) -> HttpResponse:
    return HttpResponse(api_document.get_published().body, content_type="application/vnd.oai.openapi+json")


@lru_cache(maxsize=_PAGES_KEPT_MAX)
def _draw(slug: str, language: str) -> str:
    """The same for everybody who reads `language`, so it is drawn once."""
    features = api_document.list_features()
    if not slug:
        page = {
            "features": features,
            "problem": api_document.list_problem_fields(),
            "codes": api_document.list_refusals(),
        }
        return render_to_string("merchant/accounts/api_docs.html", page)
    feature = api_document.find_feature(slug)
    return render_to_string("merchant/accounts/api_feature.html", {"features": features, "feature": feature})


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={_AGE_SECONDS_MAX}"
    return response
