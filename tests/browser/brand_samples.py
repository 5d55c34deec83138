"""Sample pages of how the shop looks to shoppers, and of what they said."""

from __future__ import annotations

from datetime import UTC, datetime

from merchant.branding.forms import brand_fields
from merchant.branding.pages import BrandPage, BrandPreview, BrandView
from merchant.core.pages.parts import EmptyState, FilterBar, ListFrame, Pager
from orders.feedback.pages import FeedbackListPage, FeedbackRow, rating_words

LOOK = BrandView(
    "Halden & Roe", "HR", welcome="Good things for your home, since 1987.", legal="Halden & Roe GmbH, Rosenthaler Str. 1, 10119 Berlin"
)  # fmt: skip


def brand(*, errors: tuple[str, ...] = ()) -> BrandPage:
    return BrandPage(
        fields=brand_fields(None, "Halden & Roe"),
        preview=BrandPreview(LOOK, is_typed=not errors),
        has_logo=False,
        version=3,
        idempotency_key="k",
        can_change=True,
        errors=errors,
        changed_by="Lena Roe",
    )


def brand_refused() -> BrandPage:
    return brand(
        errors=("#F2B033 reaches a contrast of 1.74:1 on the page; text needs 4.5:1. Choose a darker colour.",)
    )


def feedback() -> FeedbackListPage:
    said = [
        ("W-88240", 5, "Quick, and well packed.", "Webshop"),
        ("W-88231", 2, "The parcel came two days late and nobody wrote. The bowl itself is beautiful.", "Webshop"),
        ("H-20398", 4, "", "Hamburg Altona"),
    ]
    rows = tuple(
        FeedbackRow("/orders/x/", number, rating, rating_words(rating), text, place, datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
        for number, rating, text, place in said
    )  # fmt: skip
    frame = ListFrame(
        title="Feedback",
        bar=FilterBar("/feedback/", clear_url="/feedback/"),
        pager=Pager(shown=3),
        empty=EmptyState("badge-check", "No feedback yet"),
        export_url="/exports/new/?subject=feedback",
    )
    return FeedbackListPage(frame, rows, "3.67 on average of 3 ratings")


PAGES = {
    "brand": ("merchant/branding/brand.html", "settings", brand),
    "brand-refused": ("merchant/branding/brand.html", "settings", brand_refused),
    "feedback": ("orders/feedback/list.html", "orders", feedback),
}
