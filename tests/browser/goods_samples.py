"""Sample pages of damaged goods, and of a cancellation whose cash needs a drawer."""

from __future__ import annotations

from datetime import UTC, datetime

from inventory.damaged.pages import DamagedListPage, DamagedRow
from merchant.core.money import Money
from merchant.core.pages.parts import Choice, EmptyState, Filter, FilterBar, ListFrame, Pager
from payments.after_sales.pages import CancelPage


def damaged() -> DamagedListPage:
    """Three pieces: one waits, one was written off, one is for sale again."""
    rows = [
        ("Stoneware bowl, sea glaze", "BOWL-ST-22", "Hamburg Altona", 1, 3_800, "cracked", "Lea Brandt", "7KQ2M8ZP", "waiting", ""),
        ("Linen napkins, set of 4", "NAP-LI-4", "Berlin Mitte", 2, 8_200, "stained", "Nils Winter", "", "written_off", "Mara Keller: cannot be cleaned"),
        ("Stoneware bowl, sea glaze", "BOWL-ST-22", "Berlin Mitte", 1, 3_800, "box torn", "Nils Winter", "9XW4TC6H", "back", "Mara Keller: only the box"),
    ]  # fmt: skip
    states = (Choice("Damaged", "waiting"), Choice("Written off", "written_off"), Choice("Back in stock", "back"))
    bar = FilterBar(
        "/stock/damaged/", (Filter("status", "State", "choice", choices=states),), search_hint="SKU, name or order"
    )
    return DamagedListPage(
        ListFrame(
            bar,
            Pager(shown=len(rows)),
            EmptyState("package", "Nothing came back damaged"),
            title="Damaged goods",
            export_url="/exports/new/?subject=damaged",
        ),
        tuple(
            DamagedRow(
                id=str(index),
                name=name,
                sku=sku,
                location=location,
                quantity=quantity,
                worth=Money(worth, "EUR"),
                reason=reason,
                brought_by=by,
                brought_at=datetime(2026, 11, 21, 12, 41 - index, tzinfo=UTC),
                origin=origin or "without a receipt",
                origin_url=f"/orders/{index}/" if origin else "",
                status=status,
                decision=decision,
                idempotency_key="sample",
            )
            for index, (name, sku, location, quantity, worth, reason, by, origin, status, decision) in enumerate(rows)
        ),
        may_decide=True,
    )


def cancel(*, has_drawers: bool = True) -> CancelPage:
    """An exchange whose customer walked away: the worth of the old goods goes back in cash."""
    drawers = (("1", "Hamburg Altona, Till 2 (Lea Brandt)"), ("2", "Berlin Mitte, Till 1 (Nils Winter)"))
    return CancelPage(
        title="Cancel 7KQ2M8ZP",
        action_url="/orders/1/cancel/",
        back_url="/orders/1/",
        order_number="7KQ2M8ZP",
        cash=Money(3_800, "EUR"),
        routes=(*(drawers if has_drawers else ()), ("credit", "No cash: as store credit")),
        has_drawers=has_drawers,
        idempotency_key="sample",
        errors=()
        if has_drawers
        else ("Order 7KQ2M8ZP was paid in cash; it goes back out of a drawer, and nobody said out of which.",),
    )


PAGES = {
    "damaged": ("inventory/damaged/list.html", "stock", damaged),
    "cancel": ("payments/after_sales/cancel.html", "orders", cancel),
    "cancel-without-drawer": ("payments/after_sales/cancel.html", "orders", lambda: cancel(has_drawers=False)),
}
