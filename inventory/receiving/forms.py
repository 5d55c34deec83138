"""What staff type about goods in."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.receiving import queries
from merchant.core.errors import Invalid, NotFound
from merchant.core.filters import typed_id

_QUANTITY_MAX = 100_000
_LINES_MAX = 500


def read_lines(text: str) -> dict[UUID, int]:
    """
    Return pieces by variant from lines like `MUG-1 12` (a scan alone is one piece).

    :raises Invalid: for a line that cannot be understood or an article that is not there.
    """
    pieces: dict[UUID, int] = {}
    for line in [line.strip() for line in text.splitlines() if line.strip()][:_LINES_MAX]:
        article, _space, quantity = line.replace("\t", " ").replace(";", " ").rpartition(" ")
        if not article:
            article, quantity = line, "1"
        variant_id = read_article(article, field="lines").id
        pieces[variant_id] = pieces.get(variant_id, 0) + read_quantity(quantity, least=1, field="lines")
    if not pieces:
        raise Invalid(reason=_("write at least one article and how many, like MUG-1 12"), field="lines")
    return pieces


def read_article(text: str, *, field: str = "article") -> Variant:
    """Return the article that was scanned or typed. :raises Invalid: if there is none; it names `field`."""
    try:
        return queries.get_article(text)
    except Invalid as error:
        raise Invalid(**error.data | {"field": field}) from None


def read_quantity(text: str, *, least: int = 0, field: str = "quantity") -> int:
    """Return typed pieces; nothing typed is none. :raises Invalid: if it is no whole number in bounds; it names `field`."""
    try:
        quantity = int(text.strip() or "0")
    except ValueError:
        quantity = -1
    if not least <= quantity <= _QUANTITY_MAX:
        raise Invalid(reason=_("write pieces as whole numbers"), field=field)
    return quantity


def read_store(fields: Mapping[str, str], name: str) -> UUID:
    """Return the id of the store chosen. :raises NotFound: if none is."""
    key = typed_id(fields.get(name, ""))
    if key is None:
        raise NotFound()
    return key
