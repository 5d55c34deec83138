"""Sample pages of what waits at counters, and of an invoice."""

from __future__ import annotations

from datetime import UTC, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import EmptyState, FilterBar, ListFrame, Pager
from orders.carry_over.pages import WaitingListPage, WaitingRow
from orders.documents.forms import InvoiceForm
from orders.documents.invoice_pages import InvoiceDialogPage


def parked() -> WaitingListPage:
    """Two parked orders and one half paid."""
    rows = [
        ("Table 4", "7KQ2M8ZP", "12:41", "", 6_180, 0),
        ("The lady with the dog", "9XW4TC6H", "12:12", "", 12_400, 2_000),
        ("", "R3V8NF2D", "11:58", "Till 2", 3_500, 1_750),
    ]
    return WaitingListPage(
        ListFrame(
            FilterBar("/parked/"),
            Pager(shown=len(rows)),
            EmptyState("hourglass", "Nothing waits"),
            "Parked and half paid",
        ),
        tuple(
            WaitingRow(
                id=number,
                url=f"/orders/{number}/",
                name=name,
                number=number,
                since=datetime(2026, 11, 21, int(clock[:2]), int(clock[3:]), tzinfo=UTC),
                place="Hamburg Altona",
                holder=holder,
                is_parked=bool(name),
                total=Money(total, "EUR"),
                paid=Money(paid, "EUR"),
            )
            for name, number, clock, holder, total, paid in rows
        ),
    )


def invoice(*, is_refused: bool = False) -> InvoiceDialogPage:
    """The form of an invoice, filled in; refused for its VAT number."""
    entered = {"name": "Café Nord AB", "street": "Storgatan 1", "city": "Stockholm", "country": "SE", "due_days": "30"}
    form = InvoiceForm(entered | ({"vat_number": "SE12", "street": ""} if is_refused else {}))
    form.is_valid()
    return InvoiceDialogPage(
        action_url="/orders/1/invoice/",
        title="Invoice for 7KQ2M8ZP",
        button="Issue the invoice",
        note="It gets the next number and cannot be changed; a mistake is taken back with a credit note.",
        form=form,
        idempotency_key="sample",
        errors=("SE12 is no VAT number of SE. Read it again from the customer's papers.",) if is_refused else (),
    )


PAGES = {
    "parked": ("orders/carry_over/parked.html", "orders", parked),
    "invoice": ("orders/documents/invoice.html", "orders", invoice),
    "invoice-refused": ("orders/documents/invoice.html", "orders", lambda: invoice(is_refused=True)),
}
FRAGMENTS = {"invoice-dialog": ("orders/documents/invoice_dialog.html", invoice)}
