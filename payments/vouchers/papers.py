"""A gift card or store credit on paper: what it is worth, until when, and its code as people read it and as a till scans it."""

from __future__ import annotations

import textwrap
from datetime import datetime
from zoneinfo import ZoneInfo

from merchant.core.tenancy import current_merchant_id
from merchant.merchants.queries import get_merchant
from orders.documents import paper
from orders.documents.paper import Figures, ReadyPaper, Row
from orders.documents.render import Rendered, render_paper
from orders.documents.words import words_of
from orders.order.models import Order
from payments.vouchers import queries, services
from payments.vouchers.models import Voucher


def render_card(voucher: Voucher, order: Order, *, format_: str, now: datetime) -> Rendered:
    """Return the paper of a card as `html`, `pdf` or `escpos`. Its worth is what is on it now."""
    return render_paper(_prepared(voucher, order, now), name=f"gift-card-{voucher.hint}", format_=format_)


def grouped(code: str) -> str:
    """Return a code as people read it out; however it is typed it is the same."""
    return " ".join(textwrap.wrap(code, 4))


def _prepared(voucher: Voucher, order: Order, now: datetime) -> ReadyPaper:
    merchant, store = get_merchant(current_merchant_id()), order.store
    language = order.delivery.get("language") or merchant.locale
    locale, words, code = paper.locale_named(language), words_of(language), services.code_of(voucher)
    zone = ZoneInfo(store.zone if store else merchant.zone)
    facts = [
        Row(words["date"], paper.moment_line(now, zone, locale)),
        Row(words["order"], order.number),
    ]
    if voucher.expires_at is not None:
        last_day = queries.last_day_of(voucher.expires_at)
        facts.append(Row(words["last_day"], paper.day_line(last_day.isoformat(), locale)))
    worth = Figures(locale, voucher.currency, 1).money(voucher.balance_minor)
    place = store and {"name": store.name, "address": store.address}
    return ReadyPaper(
        language=locale.language,
        title=words[voucher.kind],
        number="",
        copy_mark="",
        seller=paper.seller_lines({"merchant": merchant.name, "store": place}),
        facts=tuple(facts),
        lines=(),
        total=Row(f"{words['worth']} {voucher.currency}", worth, is_strong=True),
        tenders=(),
        tax_headings=("", "", "", ""),
        taxes=(),
        footer=(words["like_cash"],),
        code=code,
        code_text=grouped(code),
    )
