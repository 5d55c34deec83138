"""Reads of documents."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from merchant.core.errors import NotFound
from orders.documents.models import Document


def get_document(document_id: UUID) -> Document:
    """
    Return a document of the merchant in scope, with its order.

    :raises NotFound: if there is none.
    """
    document: Document | None = Document.objects.select_related("order", "register").filter(id=document_id).first()
    if document is None:
        raise NotFound()
    return document


def store_id_of(document: Document) -> UUID | None:
    """Return the store a document belongs to: its order's, or without an order the till's that issued it."""
    if document.order is not None:
        return document.order.store_id
    return document.register.store_id if document.register else None


def get_document_by_token(token: str) -> Document:
    """
    Return the document whose customer has `token`. The token, 128 random bits, is what says whose it is: no merchant is in scope yet.

    :raises NotFound: if there is none.
    """
    document = Document.across_merchants.filter(access_token=token).first()
    if document is None:
        raise NotFound()
    return document


def list_latest_receipts(order_ids: Collection[UUID]) -> dict[UUID, Document]:
    """Return the newest receipt of each of the orders that has one, with one statement."""
    rows = Document.objects.select_related("order", "register").filter(order_id__in=order_ids, kind="receipt")
    return {document.order_id: document for document in rows.order_by("id")}
