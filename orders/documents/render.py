"""From a stored document to what is shown, saved or printed. One prepared paper, three layouts."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from django.template.loader import render_to_string

from orders.documents import escpos, paper, pdf
from orders.documents.models import Document
from orders.documents.paper import ReadyPaper

FORMATS = ("html", "pdf", "escpos")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file and what it is."""

    body: bytes
    content_type: str
    name: str


def render(
    document: Document,
    *,
    format_: str,
    is_copy: bool = False,
    is_a4: bool = False,
    copy_number: int = 0,
    is_gift: bool = False,
) -> Rendered:
    """Return a document as `html`, `pdf` (80 mm, or A4) or `escpos` bytes. Drawn from its stored content alone."""
    ready = paper.prepare(document, is_copy=is_copy, copy_number=copy_number, is_gift=is_gift)
    kind = "gift_receipt" if is_gift else document.kind
    return render_paper(ready, name=f"{kind.replace('_', '-')}-{document.number}", format_=format_, is_a4=is_a4)


def render_paper(ready: ReadyPaper, *, name: str, format_: str, is_a4: bool = False) -> Rendered:
    """Return a prepared paper as `html`, `pdf` or `escpos` bytes; `name` is the file's, without its ending."""
    if format_ == "pdf":
        return Rendered(pdf.render(ready, is_a4=is_a4), "application/pdf", f"{name}.pdf")
    if format_ == "escpos":
        return Rendered(escpos.render(ready), "application/vnd.escpos", f"{name}.bin")
    return Rendered(_html(ready).encode(), "text/html; charset=utf-8", f"{name}.html")


def prepared_with_code(document: Document) -> tuple[ReadyPaper, str]:
    """Return the paper of a document and the code that leads to it as SVG, for a page that shows several."""
    ready = paper.prepare(document)
    return ready, _qr(ready.link) if ready.link else ""


def _html(ready: ReadyPaper) -> str:
    scanned, _words = ready.scanned
    return render_to_string("orders/documents/receipt.html", {"paper": ready, "qr": _qr(scanned) if scanned else ""})


def _qr(link: str) -> str:
    drawn = io.BytesIO()
    # Attributes only: the content policy lets no inline style through.
    segno.make(link, error="m", micro=False).save(
        drawn, kind="svg", scale=3, border=2, xmldecl=False, svgns=True, svgclass="qr", lineclass=None
    )
    return drawn.getvalue().decode()
