"""Sample pages of the set-up: locations, products, catalogue files, the steps to the first sale."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from inventory.products.import_views import _FIELD_WORDS
from inventory.products.pages import (
    ArticleListPage,
    ArticlePage,
    ArticleRow,
    ColumnField,
    ImportPage,
    PastImport,
    PreviewPage,
    PreviewRow,
    TaxesPage,
    TaxRow,
    UploadPage,
)
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.parts import Action, Choice, EmptyState, Fact, Filter, FilterBar, Link, ListFrame, Pager, Stat
from merchant.sales_channels.place_pages import PlaceRow, PlacesPage, StorePage, TillRow
from merchant.sales_channels.place_views import fact_fields
from reports.help.guides import get_guide, list_guides
from reports.help.pages import GuideListPage, GuidePage
from reports.setup import checklist as steps
from reports.setup import forms
from reports.setup.pages import ChecklistPage, FirstPage
from reports.setup.queries import Progress

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BACK = Link("Products & prices", "/products/")


def places() -> PlacesPage:
    return PlacesPage(
        (
            PlaceRow("Berlin Mitte", "BER", "Berlin", "EUR", "Europe/Berlin", 2, url="#"),
            PlaceRow("Hamburg Altona", "HAM", "Hamburg", "EUR", "Europe/Berlin", 1, url="#"),
        ),
        (PlaceRow("Webshop", "web", "Berlin Mitte", "EUR", "Europe/Berlin", icon="globe"),),
        (Action("Add a location", "#", "plus", tone="primary"),),
    )


def no_places() -> PlacesPage:
    return PlacesPage((), (), (Action("Add a location", "#", "plus", tone="primary"),))


def store() -> StorePage:
    return StorePage(
        title="Hamburg Altona",
        facts=(Fact("Code", "HAM", is_identifier=True), Fact("Country", "Germany"), Fact("Time zone", "Europe/Berlin")),
        tills=(TillRow("Till 1", "HAM-1", "Tablet at the door"), TillRow("Till 2", "HAM-2", "", is_training=True)),
        fields=fact_fields(None),
        till=FormField("till", "One more till", is_required=True),
        action_url="#",
        key="sample",
        till_key="sample",
        can_change=True,
        back=Link("Locations", "#"),
        errors=("The location was not saved: it needs a name of at most 60 characters. Nothing was changed.",),
    )


def articles() -> ArticleListPage:
    bar = FilterBar(
        "/products/",
        filters=(Filter("status", "State", "choice", "", "#", (Choice("On sale", "on_sale"),)),),
        search_hint="SKU, barcode or name",
        clear_url="/products/",
    )
    frame = ListFrame(
        title="Products & prices",
        bar=bar,
        pager=Pager(next_url="#", shown=3),
        empty=EmptyState("package", "No products yet", "Add the first one."),
        actions=(Action("Import", "#", "download"), Action("New product", "#", "plus", tone="primary")),
    )
    rows = (
        ArticleRow("#", "Espresso beans, 1 kg", "HR-1003", "Coffee", "Reduced", Money(2890, "EUR"), 1984, "on_sale"),
        ArticleRow("#", "Hand grinder", "HR-1042", "Kitchen", "Standard", None, 12, "no_price"),
        ArticleRow("#", "Gift wrapping", "HR-1077", "", "Standard", Money(250, "EUR"), None, "ended"),
    )
    return ArticleListPage(frame, rows)


def no_articles() -> ArticleListPage:
    page = articles()
    empty = EmptyState("package", "No products yet", "Add the first one.", Action("Import a file", "#", "download"))
    frame = ListFrame(title=page.list.title, bar=FilterBar("/products/", clear_url="#"), pager=Pager(), empty=empty)
    return ArticleListPage(frame, ())


def article() -> ArticlePage:
    return ArticlePage(
        title="Espresso beans",
        status="on_sale",
        fields=(
            FormField("name", "Name", text="Espresso beans", is_required=True),
            FormField("sku", "SKU", text="HR-1003", is_required=True, hint="Your own number; no other article has it."),
            FormField("tax_class", "Tax", "choice", choices=choices_of([("reduced", "Reduced")])),
            FormField("price", "Price in EUR", "decimal", text="28.90"),
            FormField("includes_tax", "The price includes tax", "tick", text="on"),
        ),
        action_url="#",
        key="sample",
        facts=(Fact("Price in SEK", "329.00 kr"), Fact("Berlin Mitte", "1,984", "#")),
        can_change=True,
        actions=(Action("End the sale", "#", "ban", "post", key="sample"),),
        errors=("Another article already has one of these SKUs or barcodes. No money was moved.",),
    )


def tax_rates() -> TaxesPage:
    return TaxesPage(
        rows=(
            TaxRow("Standard", "DE", "19%", date(2020, 1, 1), None, True),
            TaxRow("Reduced", "DE", "7%", date(2020, 1, 1), date(2026, 12, 31), True),
            TaxRow("Reduced", "DE", "8.5%", date(2027, 1, 1), None, False),
        ),
        fields=(FormField("rate", "Rate in percent", "decimal", is_required=True),),
        key="sample",
        can_change=True,
        back=Link("Settings", "/settings/"),
    )


def upload() -> UploadPage:
    past = (PastImport("artikel-november.csv", "#", AT, "412 new, 3 changed, 5 refused"),)
    return UploadPage(
        "/products/import/", "200 MB", past, BACK, ("The file was not read: it is empty. Save it as CSV.",)
    )


def _rows() -> tuple[PreviewRow, ...]:
    return (
        PreviewRow(7, "X-1", "Half", "1,234 EUR", "the price is no amount like 12.50"),
        PreviewRow(2, "T-1", "T-shirt", "1.249,00 EUR"),
    )


def columns() -> PreviewPage:
    choices = tuple(Choice(str(word), field) for field, word in _FIELD_WORDS.items())
    return PreviewPage(
        file_name="artikel.csv",
        token="sample",
        key="sample",
        columns=(ColumnField(0, "Artikelnummer", "T-1", choices), ColumnField(1, "Preis", "1.249,00", choices)),
        rows=_rows(),
        count=500,
        refused=1,
        fields=(FormField("includes_tax", "Prices include tax", "tick", text="on"),),
        back=Link("Another file", "#"),
    )


def product_import(*, is_running: bool = False) -> ImportPage:
    figures = (Stat("New", "412"), Stat("Changed", "3"), Stat("As they were", "0"), Stat("Refused", "5"))
    return ImportPage(
        id="1",
        file_name="artikel.csv",
        is_running=is_running,
        tone="info" if is_running else "good",
        icon="refresh-cw" if is_running else "circle-check",
        word="Being taken in" if is_running else "Taken in",
        done=12_000,
        total=None,
        stats=() if is_running else figures,
        refused=() if is_running else _rows()[:1],
        progress_url="#",
        back=BACK,
        refused_url="#",
    )


def checklist(*, is_working: bool = True) -> ChecklistPage:
    progress = Progress(True, True, True, False, is_working, False, False, False)
    found = steps.list_steps(progress)
    demo = Action("Look at a demo business", "#", "shopping-bag", "post", key="sample")
    return ChecklistPage(found, 3, is_working, demo, "A business of its own with goods, tills and a day's trade.")


def first_page() -> dict[str, Any]:
    page = FirstPage(
        business=(*forms.business_fields(locale="en_GB"), *forms.other_fields()),
        person=forms.person_fields(needs_code=True),
        steps=steps.list_steps(steps.NOTHING_DONE),
    )
    return {"page": page, "with_demo": True}


def guide_list(text: str = "") -> GuideListPage:
    return GuideListPage(tuple(list_guides(language="en", text=text)), text)


def guide() -> GuidePage:
    others = tuple(Link(other.title, "#") for other in list_guides(language="en"))
    return GuidePage(get_guide("unknown-outcome", language="en"), others)


PAGES: dict[str, Any] = {
    "help": ("reports/help/list.html", "help", guide_list),
    "help-nothing": ("reports/help/list.html", "help", lambda: guide_list("zebra")),
    "guide": ("reports/help/guide.html", "help", guide),
    "locations": ("merchant/sales_channels/places.html", "settings", places),
    "locations-empty": ("merchant/sales_channels/places.html", "settings", no_places),
    "location": ("merchant/sales_channels/store.html", "settings", store),
    "products": ("inventory/products/list.html", "products", articles),
    "products-empty": ("inventory/products/list.html", "products", no_articles),
    "product": ("inventory/products/article.html", "products", article),
    "tax-rates": ("inventory/products/taxes.html", "settings", tax_rates),
    "product-upload": ("inventory/products/upload.html", "products", upload),
    "product-columns": ("inventory/products/columns.html", "products", columns),
    "product-import": ("inventory/products/import.html", "products", product_import),
    "product-import-running": ("inventory/products/import.html", "products", lambda: product_import(is_running=True)),
    "set-up": ("reports/setup/steps.html", "home", checklist),
}
