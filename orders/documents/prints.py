"""Prints of a document: the first is the receipt, every later one a copy that says so and counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_actor
from orders.documents import queries
from orders.documents.models import Document, DocumentPrint


@transaction.atomic
def note_print(*, document_id: UUID, is_gift: bool, now: datetime) -> DocumentPrint:
    """
    Note that a document is printed, and return which print it is: 1 is the original, 2 the first copy. Prints of one document wait for each other. Gift receipts count for themselves.

    :raises NotFound: if there is no such document.
    """
    document = queries.get_document(document_id)
    # Documents are append-only and cannot be locked, and goods that came without a receipt have no order.
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"document:{document.id}"])
    number = DocumentPrint.objects.filter(document=document, is_gift=is_gift).count() + 1
    actor = current_actor()
    made: DocumentPrint = DocumentPrint.objects.create(
        document=document, number=number, is_gift=is_gift, printed_by=actor.name[:120], printed_at=now
    )
    audit.record(
        "document.printed",
        subject=f"document:{document.id}",
        now=now,
        data={"number": number, "is_gift": is_gift},
    )
    return made


def copy_number(document: Document, *, print_number: int | None, is_original_spent: bool) -> int:
    """
    Return which copy a paper is: 0 the original, 1 the first copy.

    Without a print it is the original, or where that is spent by having been printed (`is_original_spent`), the copy that comes next.

    :raises NotFound: for a print that was never noted.
    """
    prints = DocumentPrint.objects.filter(document=document, is_gift=False)
    if print_number is not None:
        if not prints.filter(number=print_number).exists():
            raise NotFound()
        return print_number - 1
    return prints.count() if is_original_spent else 0
