"""Products and prices for staff: the list and its file, a new article, one article."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.products import forms, queries, services
from inventory.products.pages import ArticleListPage, ArticlePage, ArticleRow
from inventory.stock.models import StockLevel
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.pages.display import count_text, money_text
from merchant.core.pages.forms import FormPage, answered, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame
from merchant.core.pages.shell import current_locale
from merchant.core.pages.status import ARTICLE as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.core.tenancy import acting_for

PATH = "/products/"
# What a file of articles begins with; the import reads the same names.
FILE_COLUMNS = ("sku", "name", "variant", "category", "barcodes", "tax", "price", "currency", "status", "on_hand")


class ArticleListView(StaffPageView):
    """`/products/`."""

    right = "catalog.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of articles, newest first."""
        here = Here.of(request)
        found = paged(filtered(self, here), after=here.one("after") or None, before=here.one("before") or None)
        categories = [(name, name) for name in queries.list_categories()]
        bar = here.bar(
            here.choice("status", _("State"), [(state, LOOKS[state].word) for state in queries.STATES]),
            *([here.choice("category", _("Category"), categories)] if categories else []),
            search_hint=_("SKU, barcode or name"),
        )
        frame = ListFrame(
            title=_("Products & prices"),
            bar=bar,
            pager=here.pager(found),
            empty=EmptyState(
                "package",
                _("No products yet"),
                _("Add the first one, or take in the list you have as a CSV file."),
                Action(_("Import a file"), f"{PATH}import/", "download") if self._may_change else None,
            ),
            actions=self._actions(here),
        )
        rows = tuple(article_row(variant, self.caller.merchant.base_currency) for variant in found.rows)
        return self.page("inventory/products/list.html", ArticleListPage(frame, rows), current="products")

    @property
    def _may_change(self) -> bool:
        return self.caller.has_right("catalog.manage")

    def _actions(self, here: Here) -> tuple[Action, ...]:
        export = here.url().replace(PATH, f"{PATH}export.csv", 1)
        actions = (Action(_("Export"), export, "upload", shortcut="e"),)
        if not self._may_change:
            return actions
        return (
            *actions,
            Action(_("Import"), f"{PATH}import/", "download"),
            Action(_("New product"), f"{PATH}new/", "plus", tone="primary"),
        )


class ArticleFileView(StaffPageView):
    """`/products/export.csv`."""

    right = "catalog.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return what is filtered as a file that the import takes back; a million rows need no more memory than ten."""
        rows = filtered(self, Here.of(request)).prefetch_related("barcodes").order_by("id")
        answer = StreamingHttpResponse(self._lines(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="products.csv"'
        return answer  # type: ignore[return-value]

    def _lines(self, rows: Any) -> Iterator[str]:
        # The rows are read after the view has returned, when its scope is over.
        with acting_for(self.caller.merchant_id, self.caller.actor):
            yield "\ufeff" + _csv_line(FILE_COLUMNS)
            currency = self.caller.merchant.base_currency
            for variant in rows.iterator(chunk_size=2000):
                row = article_row(variant, currency)
                price = f"{Money(variant.price_minor, currency).major:f}" if variant.price_minor is not None else ""
                codes = " ".join(code.code for code in variant.barcodes.all())
                shown = "" if variant.name == variant.product.name else variant.name
                yield _csv_line(
                    (variant.sku, variant.product.name, shown, variant.product.category, codes, variant.product.tax_class.code, price, currency, row.status, "" if row.on_hand is None else row.on_hand)
                )  # fmt: skip


class NewArticleView(StaffPageView):
    """`/products/new/`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add the article, once."""
        try:
            return self.act_once(request, self._add)
        except AppError as error:
            return self._form(error)

    def _add(self) -> str:
        told = forms.read(self.request.POST.dict(), currency=self.caller.merchant.base_currency)
        if told.store_id is not None:
            self.require_store(told.store_id)
        now = business_now(self.caller.merchant_id)
        variant = services.add_article(article=told.article, store_id=told.store_id, pieces=told.pieces, now=now)
        messages.success(self.request, _("{name} is on sale.").format(name=told.article.name))
        return f"{PATH}{variant.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        stores = places_of(self.caller).stores
        fields = forms.fields(currency=self.caller.merchant.base_currency, variant=None, stores=stores)
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New product"),
            back=Link(_("Products & prices"), PATH),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Add the product"),
            notice="" if stores else _("There is no location yet, so no pieces can be put on a shelf. They can be added later."),
            errors=error_lines(error, fields),
        )  # fmt: skip
        return self.page("components/form_page.html", page, current="products", status=error.status if error else 200)


class ArticleView(StaffPageView):
    """`/products/<id>/`."""

    right = {"GET": "catalog.read", "POST": "catalog.manage"}

    def get(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        """Show one article."""
        return self._show(queries.get_article(variant_id))

    def post(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        """Change the article, once."""
        variant = queries.get_article(variant_id)
        try:
            return self.act_once(request, lambda: self._change(variant))
        except AppError as error:
            return self._show(variant, error)

    def _change(self, variant: Variant) -> str:
        told = forms.read(self.request.POST.dict(), currency=self.caller.merchant.base_currency)
        now = business_now(self.caller.merchant_id)
        services.change_article(variant_id=variant.id, article=told.article, now=now)
        messages.success(self.request, _("Saved. It holds from now on."))
        return f"{PATH}{variant.id}/"

    def _show(self, variant: Variant, error: AppError | None = None) -> HttpResponse:
        base = self.caller.merchant.base_currency
        fields = forms.fields(currency=base, variant=variant, stores=())
        fields = answered(fields, self.request.POST, error)
        can_change = self.caller.has_right("catalog.manage")
        switch = (_("End the sale"), "ban") if variant.is_active else (_("Put it back on sale"), "package-check")
        has_price = any(price.currency == base for price in variant.prices.all())
        page = ArticlePage(
            title=variant.product.name,
            status=state_of(variant, has_price=has_price),
            fields=fields,
            action_url=f"{PATH}{variant.id}/",
            key=str(uuid4()),
            facts=self._facts(variant, base),
            can_change=can_change,
            actions=(Action(*_switch(switch, variant), method="post", key=str(uuid4())),) if can_change else (),
            errors=error_lines(error, fields),
        )
        status = error.status if error else 200
        return self.page("inventory/products/article.html", page, current="products", status=status)

    def _facts(self, variant: Variant, base: str) -> tuple[Fact, ...]:
        locale = current_locale()
        others = [price for price in variant.prices.all() if price.currency != base]
        facts = [
            Fact(_("Price in {currency}").format(currency=price.currency), money_text(Money(price.amount_minor, price.currency), locale=locale))
            for price in others
        ]  # fmt: skip
        if self.caller.has_right("stock.read"):
            levels = StockLevel.objects.select_related("store").filter(variant=variant).order_by("store__name")
            if self.caller.stores is not None:
                levels = levels.filter(store_id__in=self.caller.stores)
            url = f"/stock/?q={variant.sku}"
            facts += [Fact(level.store.name, count_text(level.on_hand, locale=locale), url) for level in levels]
        return tuple(facts)


class SwitchArticleView(StaffPageView):
    """`/products/<id>/switch/`."""

    right = "catalog.manage"

    def post(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        """Take the article off sale, or put it back, once."""
        variant = queries.get_article(variant_id)
        return self.act_once(request, lambda: self._switch(variant))

    def _switch(self, variant: Variant) -> str:
        now = business_now(self.caller.merchant_id)
        services.switch_article(variant_id=variant.id, is_active=not variant.is_active, now=now)
        return f"{PATH}{variant.id}/"


def filtered(view: StaffPageView, here: Here) -> Any:
    """Return the articles that the address asks for."""
    return queries.find_articles(
        currency=view.caller.merchant.base_currency,
        text=here.one("q"),
        category=here.one("category"),
        states=here.params.get("status", ()),
    )


def article_row(variant: Any, currency: str) -> ArticleRow:
    """Return an article of `find_articles` as its row."""
    product = variant.product
    return ArticleRow(
        url=f"{PATH}{variant.id}/",
        name=product.name if variant.name in ("", product.name) else f"{product.name}, {variant.name}",
        sku=variant.sku,
        category=product.category,
        tax=product.tax_class.name,
        price=Money(variant.price_minor, currency) if variant.price_minor is not None else None,
        on_hand=variant.on_hand if variant.is_stocked else None,
        status=state_of(variant, has_price=variant.price_minor is not None),
    )


def state_of(variant: Variant, *, has_price: bool) -> str:
    """Return the value of the article family."""
    if not (variant.is_active and variant.product.is_active):
        return "ended"
    return "on_sale" if has_price else "no_price"


def _switch(words: tuple[str, str], variant: Variant) -> tuple[str, str, str]:
    label, icon = words
    return label, f"{PATH}{variant.id}/switch/", icon


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_harmless(value) for value in values])
    return line.getvalue()


def _harmless(value: Any) -> Any:
    """A spreadsheet would run a text that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t") else value
