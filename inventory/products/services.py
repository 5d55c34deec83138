"""Keep an article: all that one form says about it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.catalog import services as catalog
from inventory.catalog.models import Barcode, TaxClass, Variant
from inventory.catalog.services import ArticleExists, NewVariant
from inventory.pricing import prices
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.hidden_characters import check_words
from merchant.core.money import Money
from merchant.merchants.models import Store

PIECES_MAX = 1_000_000


class ArticleRefused(AppError):
    """What was typed about an article cannot be."""

    code = "article_refused"
    status = 422
    detail = "The article was not saved: {reason}."
    money = "Nothing was changed."
    next_step = "Correct it and send it again."


@dataclass(frozen=True, slots=True)
class Article:
    """What a form says about an article. `price` None leaves it without one: then it cannot be sold."""

    name: str
    sku: str
    tax_class: str
    variant: str = ""
    category: str = ""
    barcodes: tuple[str, ...] = ()
    price: Money | None = None
    includes_tax: bool = True
    is_stocked: bool = True


@transaction.atomic
def add_article(*, article: Article, store_id: UUID | None = None, pieces: int = 0, now: datetime) -> Variant:
    """
    Add an article with its price, and put `pieces` of it on the shelf of a store.

    :raises ArticleExists: if its SKU or a barcode is taken. :raises ArticleRefused, Invalid, PriceTooHigh: for what cannot be; nothing is stored then.
    """
    _check(article)
    if not 0 <= pieces <= PIECES_MAX:
        raise ArticleRefused(reason=_("pieces are between 0 and {most}").format(most=PIECES_MAX), field="pieces")
    new = NewVariant(article.sku, article.variant, article.barcodes, article.is_stocked)
    _product, [variant] = catalog.create_product(
        name=article.name, category=article.category, tax_class_code=article.tax_class, variants=[new], now=now
    )
    if article.price is not None:
        prices.set_price(variant=variant, price=article.price, includes_tax=article.includes_tax, now=now)
    if article.is_stocked and store_id is not None:
        if not Store.objects.filter(id=store_id).exists():
            raise ArticleRefused(reason=_("choose a location for the pieces"), field="store")
        stock.open_levels(variant_ids=[variant.id], store_id=store_id)
        if pieces:
            source = f"opening:{store_id}"
            stock.put_in(pieces=[Pieces(variant.id, pieces)], store_id=store_id, kind="opening", source=source, now=now)
    return variant


@transaction.atomic
def change_article(*, variant_id: UUID, article: Article, now: datetime) -> Variant:
    """
    Change an article and its price; what was sold keeps what it was sold as. Locks the article. Its product's other variants share name, category and tax class.

    :raises Variant.DoesNotExist: if there is none. :raises ArticleExists, ArticleRefused, Invalid, PriceTooHigh: as for a new one.
    """
    _check(article)
    words = {"name": article.name, "sku": article.sku, "variant": article.variant, "category": article.category}
    check_words(words)
    variant: Variant = Variant.objects.select_for_update().select_related("product").get(id=variant_id)
    product = variant.product
    product.name, product.category = article.name, article.category
    product.tax_class = TaxClass.objects.get(code=article.tax_class)
    product.save(update_fields=["name", "category", "tax_class"])
    catalog.check_barcodes(article.barcodes)
    try:
        with transaction.atomic():
            variant.sku, variant.name, variant.is_stocked = (
                article.sku,
                article.variant or article.name,
                article.is_stocked,
            )
            variant.save(update_fields=["sku", "name", "is_stocked"])
            Barcode.objects.filter(variant=variant).exclude(code__in=article.barcodes).delete()
            known = set(Barcode.objects.filter(variant=variant).values_list("code", flat=True))
            for code in article.barcodes:
                if code not in known:
                    Barcode.objects.create(variant=variant, code=code)
    except IntegrityError as error:
        raise ArticleExists() from error
    if article.price is not None:
        prices.set_price(variant=variant, price=article.price, includes_tax=article.includes_tax, now=now)
    audit.record("article.changed", subject=f"variant:{variant.id}", now=now, data={"sku": article.sku})
    return variant


@transaction.atomic
def switch_article(*, variant_id: UUID, is_active: bool, now: datetime) -> Variant:
    """
    Take an article off sale, or put it back. Its history stays. Locks the article; a repeat changes nothing.

    :raises Variant.DoesNotExist: if there is none.
    """
    variant: Variant = Variant.objects.select_for_update().get(id=variant_id)
    if variant.is_active != is_active:
        variant.is_active = is_active
        variant.save(update_fields=["is_active"])
        action = "article.taken_up" if is_active else "article.ended"
        audit.record(action, subject=f"variant:{variant.id}", now=now)
    return variant


def _check(article: Article) -> None:
    for field, text, label, most in (("name", article.name, _("name"), 160), ("sku", article.sku, _("SKU"), 60)):
        if not text or len(text) > most:
            reason = _("its {what} has 1 to {most} characters").format(what=label, most=most)
            raise ArticleRefused(reason=reason, field=field)
    if len(article.variant) > 160 or len(article.category) > 80:
        raise ArticleRefused(reason=_("variant or category is too long"))
    if any(len(code) > 64 for code in article.barcodes) or len(article.barcodes) > 20:
        raise ArticleRefused(reason=_("an article has at most 20 barcodes of 64 characters"), field="barcodes")
    if not TaxClass.objects.filter(code=article.tax_class).exists():
        raise ArticleRefused(reason=_("choose a tax class"), field="tax_class")
