"""What staff type about an article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.products import queries
from inventory.products.services import PIECES_MAX, Article
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.pages.display import field_amount
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.frame import Place
from merchant.core.pages.rules import read_amount, read_whole


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says: the article, and the pieces to begin with."""

    article: Article
    store_id: UUID | None
    pieces: int


def fields(*, currency: str, variant: Variant | None, stores: tuple[Place, ...]) -> tuple[FormField, ...]:
    """Return the inputs: of a new article with the pieces to begin with, else as it is now."""
    taxes = [(tax.code, tax.name) for tax in queries.list_tax_classes()]
    product = variant.product if variant else None
    price = next((row for row in variant.prices.all() if row.currency == currency), None) if variant else None
    shown = "" if variant is None or product is None or variant.name == product.name else variant.name
    asked = [
        FormField("name", _("Name"), text=product.name if product else "", is_required=True, length_max=160),
        FormField("variant", _("Variant"), text=shown, length_max=160, hint=_("Size, colour or flavour.")),
        FormField("sku", _("SKU"), text=variant.sku if variant else "", is_required=True, length_max=60, hint=_("Your own number; no other article has it.")),
        FormField("barcodes", _("Barcodes"), text=" ".join(code.code for code in variant.barcodes.all()) if variant else "", length_max=400, hint=_("Several with spaces between.")),
        FormField("category", _("Category"), text=product.category if product else "", length_max=80),
        FormField("tax_class", _("Tax"), "choice", choices=choices_of(taxes, product.tax_class.code if product else "")),
        FormField("price", _("Price in {currency}").format(currency=currency), "decimal", text=field_amount(price.amount_minor, currency) if price else "", length_max=20, hint=_("Without a price it cannot be sold.")),
        FormField("includes_tax", _("The price includes tax"), "tick", text="on" if price is None or price.includes_tax else ""),
        FormField("is_stocked", _("Its pieces are counted"), "tick", text="on" if variant is None or variant.is_stocked else ""),
    ]  # fmt: skip
    if variant is None and stores:
        asked += [
            FormField("pieces", _("Pieces to begin with"), "number", text="0", length_max=7),
            FormField("store", _("Where they are"), "choice", choices=choices_of([(str(place.id), place.name) for place in stores])),
        ]  # fmt: skip
    return tuple(asked)


def read(told: Mapping[str, str], *, currency: str) -> Entered:
    """
    Return what was typed.

    :raises RuleInvalid: for a price or number that is none.
    """
    given = {name: text.strip() for name, text in told.items()}
    article = Article(
        name=given.get("name", ""),
        sku=given.get("sku", ""),
        tax_class=given.get("tax_class", ""),
        variant=given.get("variant", ""),
        category=given.get("category", ""),
        barcodes=tuple(dict.fromkeys(re.split(r"[\s,;|]+", given["barcodes"]))) if given.get("barcodes") else (),
        price=Money(
            read_amount(given["price"], currency=currency, name=_("Price in {currency}").format(currency=currency)),
            currency,
        )
        if given.get("price")
        else None,
        includes_tax=bool(given.get("includes_tax")),
        is_stocked=bool(given.get("is_stocked")),
    )
    pieces = read_whole(given.get("pieces") or "0", least=0, most=PIECES_MAX, name=_("Pieces to begin with"))
    store = given.get("store", "")
    return Entered(article, typed_id(store) if store else None, pieces)
