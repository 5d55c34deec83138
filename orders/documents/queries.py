"""Reads of documents."""

from __future__ import annotations

from uuid import UUID

from merchant.core.errors import NotFound
from orders.documents.models import Document


def get_document(document_id: UUID) -> Document:
    """
    Return a document of the merchant in scope, with its order.

    :raises NotFound: if there is none.
    """
    document: Document | None = Document.objects.select_related("order").filter(id=document_id).first()
    if document is None:
        raise NotFound()
    return document


def get_document_by_token(token: str) -> Document:
    """
    Return the document whose customer has `token`. The token, 128 random bits, is what says whose it is: no merchant is in scope yet.

    :raises NotFound: if there is none.
    """
    document = Document.across_merchants.filter(access_token=token).first()
    if document is None:
        raise NotFound()
    return document
