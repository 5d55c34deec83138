"""How documents look over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as fields

from orders.documents.models import Document
from orders.documents.render import FORMATS
from orders.documents.services import IssuedDocument


class DocumentSchema(fields.Serializer[Any]):
    """A document. `content` is every word and figure on it, as it was handed over."""

    id = fields.UUIDField()
    kind = fields.CharField()
    number = fields.IntegerField()
    order_id = fields.UUIDField(allow_null=True)
    business_date = fields.DateField()
    issued_at = fields.DateTimeField()
    total_minor = fields.IntegerField()
    currency = fields.CharField()
    content = fields.DictField()
    link = fields.CharField()
    files = fields.DictField(child=fields.CharField())


def document_detail(document: Document, *, link: str) -> dict[str, Any]:
    """Return a document, the customer's `link` to it, and its files."""
    return {
        "id": str(document.id),
        "kind": document.kind,
        "number": document.number,
        "order_id": str(document.order_id) if document.order_id else None,
        "business_date": str(document.business_date),
        "issued_at": document.issued_at.isoformat(),
        "total_minor": document.total_minor,
        "currency": document.currency,
        "content": document.content,
        "link": link,
        "files": {format_: f"/api/v1/receipts/{document.id}/receipt.{format_}" for format_ in FORMATS},
    }


def document_output(document: IssuedDocument | Document) -> dict[str, Any]:
    """Return where a document is found."""
    return {
        "id": str(document.id),
        "number": document.number,
        "html_url": f"/r/{document.access_token}/",
        "pdf_url": f"/api/v1/receipts/{document.id}/receipt.pdf",
        "escpos_url": f"/api/v1/receipts/{document.id}/receipt.escpos",
    }
