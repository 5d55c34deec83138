"""Make products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from stdnum import ean

from inventory.catalog.models import Barcode, Product, TaxClass, Variant
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.hidden_characters import check_words


class ArticleExists(AppError):
    """Another article has this SKU or barcode."""

    code = "article_exists"
    detail = "Another article already has one of these SKUs or barcodes."
    next_step = "Change the existing article, or use another SKU or barcode."


@dataclass(frozen=True, slots=True)
class NewVariant:
    """One variant to be."""

    sku: str
    name: str = ""
    barcodes: Sequence[str] = ()
    is_stocked: bool = True
    weight_grams: int = 0


@transaction.atomic
def create_product(
    *,
    name: str,
    tax_class_code: str,
    variants: Sequence[NewVariant],
    now: datetime,
    category: str = "",
    description: str = "",
) -> tuple[Product, list[Variant]]:
    """
    Make a product with its variants and barcodes. Prices and stock are given by their own slices.

    :raises ArticleExists: if a SKU or barcode is taken.
    :raises Invalid: for an unknown tax class, a control character, or an EAN with a wrong check digit.
    """
    tax_class = TaxClass.objects.filter(code=tax_class_code).first()
    if tax_class is None:
        raise Invalid(reason=_("there is no tax class {tax_class_code}").format(tax_class_code=tax_class_code))
    check_words({"name": name, "category": category})
    for new in variants:
        check_words({"sku": new.sku, "variant": new.name})
    check_barcodes([code for new in variants for code in new.barcodes])
    product = Product.objects.create(name=name, category=category, description=description, tax_class=tax_class)
    try:
        with transaction.atomic():
            made = [_variant(product, new) for new in variants]
    except IntegrityError as error:
        raise ArticleExists() from error
    audit.record(
        "product.created", subject=f"product:{product.id}", now=now, data={"skus": [new.sku for new in variants]}
    )
    return product, made


def check_barcodes(codes: Sequence[str]) -> None:
    """:raises Invalid: if one has a control character, or looks like an EAN and its check digit is wrong."""
    check_words({"barcodes": " ".join(codes)})
    wrong = [code for code in codes if code.isdigit() and len(code) in (8, 13) and not ean.is_valid(code)]
    if wrong:
        raise Invalid(reason=_("the check digit of {codes} is wrong").format(codes=", ".join(wrong)), field="barcodes")


def _variant(product: Product, new: NewVariant) -> Variant:
    variant = Variant.objects.create(
        product=product,
        sku=new.sku,
        name=new.name or product.name,
        is_stocked=new.is_stocked,
        weight_grams=new.weight_grams,
    )
    for code in new.barcodes:
        Barcode.objects.create(variant=variant, code=code)
    return variant
