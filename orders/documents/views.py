"""The customer's own door to a document: the link on the paper, without a sign-in."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_page
from django.views import View

from merchant.core.errors import NotFound
from merchant.core.tenancy import Actor, acting_for
from orders.documents import queries
from orders.documents.render import render

_SHOPPER = Actor(kind="shopper", id=None, name="receipt link")


class PublicReceiptView(View):
    """`GET /r/<token>/` and `/r/<token>/receipt.pdf`."""

    format_ = "html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show the paper whose link this is; who has the link may read it."""
        try:
            document = queries.get_document_by_token(token)
        except NotFound:
            return render_page(request, "orders/documents/missing.html", status=HTTPStatus.NOT_FOUND)
        with acting_for(document.merchant_id, _SHOPPER):
            rendered = render(document, format_=self.format_)
        response = HttpResponse(rendered.body, content_type=rendered.content_type)
        response["Content-Disposition"] = f'inline; filename="{rendered.name}"'
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response
