"""The receipt of a practised sale: drawn like a real one, marked across, without a link, stored nowhere."""

from __future__ import annotations

from dataclasses import replace

from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_date
from merchant.merchants import queries as merchants
from orders.documents import paper
from orders.documents.models import Document
from orders.documents.render import Rendered, render_paper
from orders.documents.services import Paper, Tender, content_of
from orders.documents.words import words_of
from terminals.pos.shifts import people
from terminals.pos.training import services
from terminals.pos.training.models import TrainingSale


def render(sale: TrainingSale, register: RegisterFacts, *, format_: str, is_a4: bool = False) -> Rendered:
    """Return the paper as `html`, `pdf` or `escpos`."""
    at = sale.completed_at or sale.begun_at
    content = content_of(
        Paper(
            kind="receipt",
            order_id=sale.id,
            order_number=f"T-{sale.number}",
            currency=sale.currency,
            lines=services.lines_of(sale),
            tenders=[_tender(tender) for tender in sale.content["tenders"]],
            rounding_minor=sum(tender.get("rounding_minor", 0) for tender in sale.content["tenders"]),
            store=merchants.get_store(register.store_id),
            register_id=register.register_id,
            register_name=register.register_name,
            business_date=business_date(at, zone=register.zone, cutoff=register.day_cutoff),
            issued_at=at,
            served_by=people.person_at(register.register_id) or None,
        )
    )
    # Never saved: a document of that order exists nowhere.
    drawn = Document(kind="receipt", number=sale.number, issued_at=at, content=content, access_token="")
    mark = words_of(content["locale"])["training"]
    ready = paper.prepare(drawn)
    marked = replace(
        ready,
        number=f"T-{sale.number}",
        copy_mark=mark,
        watermark=mark,
        footer=(*ready.footer, mark),
        link="",
        link_text="",
    )
    return render_paper(marked, name=f"training-{sale.number}", format_=format_, is_a4=is_a4)


def _tender(tender: dict[str, object]) -> Tender:
    minor = int(str(tender["amount_minor"])) + int(str(tender.get("rounding_minor", 0)))
    tendered = tender["tendered_minor"]
    given = None if tendered is None else int(str(tendered))
    return Tender(str(tender["method"]), minor, tendered_minor=given, change_minor=max(0, (given or minor) - minor))
