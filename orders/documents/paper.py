"""One paper, prepared once: every word and figure as it will be read. HTML, PDF and ESC/POS only lay it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.conf import settings

from merchant.core.money import exponent
from merchant.merchants import vat_numbers
from orders.documents.models import Document
from orders.documents.words import words_of

# 64 bits: enough to find the paper in the chain, short enough to be read aloud.
_CODE_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Row:
    """A text on the left and a figure on the right. `note` stands smaller below."""

    left: str
    right: str
    note: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class ReadyPaper:
    """A document as it will be read, in its own language. Refunds are negative."""

    language: str
    title: str
    number: str
    copy_mark: str
    seller: tuple[str, ...]
    facts: tuple[Row, ...]
    lines: tuple[Row, ...]
    # A gift receipt has no figures at all.
    total: Row | None
    tenders: tuple[Row, ...]
    tax_headings: tuple[str, str, str, str]
    taxes: tuple[tuple[str, str, str, str], ...]
    footer: tuple[str, ...]
    # The seller's numbers with the tax office and the register of companies; they stand in the footer too.
    numbers: tuple[str, ...] = ()
    link: str = ""
    link_text: str = ""
    pdf_text: str = ""
    print_text: str = ""
    # Further headed blocks below the taxes, as a Z has them.
    sections: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    # A word across the whole paper that must not be taken for a real one.
    watermark: str = ""
    # What stands in the code to scan where the paper leads nowhere, and how people read it out.
    code: str = ""
    code_text: str = ""

    @property
    def scanned(self) -> tuple[str, str]:
        """What the code to scan on the paper holds, and the words below it; nothing where there is none."""
        return (self.code, self.code_text) if self.code else (self.link, self.link_text)


def prepare(document: Document, *, is_copy: bool = False, copy_number: int = 0, is_gift: bool = False) -> ReadyPaper:
    """
    Return the paper of a document. Nothing is computed anew: what was handed over is shown again.

    A copy says so, with its number where that is known. A gift receipt names the goods and no price, and leads nowhere that tells them.
    """
    ready = _prepared(document, is_copy=is_copy, copy_number=copy_number)
    if not is_gift:
        return ready
    words = words_of(document.content["locale"])
    pieces = tuple(Row(line["name"], f"{line['quantity']} ×") for line in document.content["lines"])
    return replace(
        ready,
        title=words["gift_receipt"],
        lines=pieces,
        total=None,
        tenders=(),
        taxes=(),
        link="",
        link_text="",
        pdf_text="",
    )


def _prepared(document: Document, *, is_copy: bool, copy_number: int) -> ReadyPaper:
    content = document.content
    locale, words = locale_named(content["locale"]), words_of(content["locale"])
    figures = Figures(locale, content["currency"], content.get("sign", 1))
    return ReadyPaper(
        language=locale.language,
        title=words[document.kind],
        number=_number(document, content),
        copy_mark=f"{words['copy']} {copy_number or ''}".rstrip() if is_copy or copy_number else "",
        seller=seller_lines(content),
        facts=_facts(document, content, words, locale),
        lines=tuple(_line(line, figures, words) for line in content["lines"]),
        total=Row(f"{words['total']} {content['currency']}", figures.money(content["total_minor"]), is_strong=True),
        tenders=(
            *_rounding(content, figures, words),
            *(row for tender in content["tenders"] for row in _tender(tender, figures, words)),
        ),
        tax_headings=(words["tax"], words["net"], words["tax"], words["gross"]),
        taxes=tuple(
            (
                figures.rate(tax["rate_basis_points"]),
                *(figures.money(tax[name]) for name in ("net_minor", "tax_minor", "total_minor")),
            )  # type: ignore[misc]
            for tax in content["taxes"]
        ),
        footer=(
            *(words[note] for note in content.get("notes", ())),
            *footer_lines(content, words),
            *_control(document, words),
        ),
        numbers=footer_lines(content, words),
        link=link_of(document),
        link_text=words["online"],
        pdf_text=words["as_pdf"],
        print_text=words["print"],
    )


def link_of(document: Document) -> str:
    """Return the address under which the customer reads the paper without signing in."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/r/{document.access_token}/"


class Figures:
    """Writes amounts and rates of one paper in its locale."""

    def __init__(self, locale: Locale, currency: str, sign: int) -> None:
        self._locale, self._sign, self._digits = locale, sign, exponent(currency)

    def money(self, minor: int) -> str:
        """Return an amount with the decimals of its currency and a true minus."""
        pattern = "#,##0" + (f".{'0' * self._digits}" if self._digits else "")
        written = format_decimal(Decimal(self._sign * minor).scaleb(-self._digits), format=pattern, locale=self._locale)
        # A true minus, as wide as the plus.
        return str(written).replace("-", "−")

    def rate(self, basis_points: int) -> str:
        """Return a tax rate in percent."""
        return f"{format_decimal(Decimal(basis_points) / 100, format='0.##', locale=self._locale)} %"


def locale_named(name: str) -> Locale:
    """Return Babel's locale for a merchant's language; English where it is none."""
    try:
        if name == "en":
            # Plain English would be American: months first and twelve-hour clocks.
            name = "en_GB"
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _printed_as(document: Document, content: dict[str, Any]) -> str:
    """The number on the customer's paper, where a till that was offline gave it another one."""
    printed = content.get("printed_number")
    return f"{content['register']}-{printed}" if printed and printed != document.number else ""


def _number(document: Document, content: dict[str, Any]) -> str:
    return f"{content['register']}-{document.number}" if content["register"] else str(document.number)


def seller_lines(content: dict[str, Any]) -> tuple[str, ...]:
    """Return who sells and where, from the merchant's name and the store in `content`."""
    store = content["store"]
    if not store:
        return (content["merchant"],)
    address = store["address"] or {}
    code = address.get("postcode") or address.get("postal_code")
    town = " ".join(part for part in (code, address.get("city")) if part)
    lines = [content["merchant"], store["name"], address.get("street") or address.get("line1"), town]
    return tuple(str(line) for line in lines if line)


def footer_lines(content: dict[str, Any], words: dict[str, str]) -> tuple[str, ...]:
    """Return the seller's numbers."""
    store = content["store"] or {}
    tax_number = store.get("tax_number") or ""
    label = words["tax_number" if vat_numbers.is_vat_number(tax_number) else "tax_office_number"]
    numbers = ((label, tax_number), (words["organisation_number"], store.get("organisation_number")))
    return tuple(f"{name} {number}" for name, number in numbers if number)


def _facts(document: Document, content: dict[str, Any], words: dict[str, str], locale: Locale) -> tuple[Row, ...]:
    zone = ZoneInfo(content["zone"])
    code = content.get("register_code", "")
    facts = [
        Row(words["date"], moment_line(document.issued_at, zone, locale)),
        Row(words["printed_as"], _printed_as(document, content)),
        Row(words["order"], content["order_number"]),
        Row(words["register"], f"{content['register']} ({code})" if code else content["register"]),
        # Nobody stands behind a webshop.
        Row(words["served_by"], content["cashier"] if content["register"] else ""),
    ]
    return tuple(fact for fact in (*facts, *_invoice_facts(content, words, locale)) if fact.right)


def _invoice_facts(content: dict[str, Any], words: dict[str, str], locale: Locale) -> list[Row]:
    """Who is billed, and what an invoice, a credit note or a slip of money that went back refers to."""
    buyer = content.get("buyer")
    if not buyer:
        names = (("of_receipt", "receipt"), ("reason", "reason"))
        return [Row(words[word], content.get(name, "")) for word, name in names]
    town = " ".join(part for part in (buyer["postal_code"], buyer["city"], buyer["country"]) if part)
    refers_to = ""
    if content.get("refers_to"):
        refers_to = f"{content['refers_to']} ({day_line(content['refers_to_date'], locale)})"
    due = content.get("due_date", "")
    return [
        Row(words["billed_to"], buyer["name"]),
        Row(words["address"], buyer["street"]),
        Row("", town),
        Row(words["tax_number"], buyer["vat_number"]),
        Row(words["their_reference"], buyer["reference"]),
        Row(words["refers_to_invoice"], refers_to),
        Row(words["reason"], content.get("reason", "")),
        Row(words["of_receipt"], content.get("receipt", "")),
        Row(words["due"], day_line(due, locale) if due else ""),
    ]


def _control(document: Document, words: dict[str, str]) -> tuple[str, ...]:
    code = document.control_code[:_CODE_SHOWN].upper()
    return (f"{words['control_code']} {code}",) if code else ()


def moment_line(moment: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """Return a moment in its zone, which is named."""
    local = moment.astimezone(zone)
    return f"{format_datetime(local, 'short', locale=locale)} {local.strftime('%Z')}"


def day_line(written: str, locale: Locale) -> str:
    """Return a day, written as ISO 8601 has it, as the locale writes it."""
    return str(format_date(date.fromisoformat(written), "short", locale=locale))


def _line(line: dict[str, Any], figures: Figures, words: dict[str, str]) -> Row:
    notes = []
    if not line.get("includes_tax", True):
        notes.append(f"{line['quantity']} × {figures.money(line['unit_price_minor'])} {words['without_tax']}")
    elif line["quantity"] != 1:
        notes.append(f"{line['quantity']} × {figures.money(line['unit_price_minor'])}")
    if line["discount_minor"]:
        notes.append(f"{words['discount']} {figures.money(-line['discount_minor'])}")
    return Row(line["name"], figures.money(line["total_minor"]), ", ".join(notes))


def _rounding(content: dict[str, Any], figures: Figures, words: dict[str, str]) -> tuple[Row, ...]:
    minor = content.get("rounding_minor", 0)
    if not minor:
        return ()
    to_pay = Row(words["to_pay"], figures.money(content["total_minor"] + minor), is_strong=True)
    return Row(words["rounding"], figures.money(minor)), to_pay


def _tender(tender: dict[str, Any], figures: Figures, words: dict[str, str]) -> list[Row]:
    card = f" {tender['card_brand'].title()} ···· {tender['card_last4']}" if tender["card_last4"] else ""
    note = f"{words['approval']} {tender['auth_code']}" if tender["auth_code"] else ""
    if "left_minor" in tender:
        left = figures.money(tender["left_minor"])
        note = words["left_on_card"].format(amount=left, hint=tender["card_hint"])
    rows = [Row(words.get(tender["method"], tender["method"]) + card, figures.money(tender["amount_minor"]), note)]
    if tender.get("tip_minor"):
        rows.append(Row(words["tip"], figures.money(tender["tip_minor"])))
    if tender["change_minor"]:
        rows.append(Row(words["given"], figures.money(tender["tendered_minor"])))
        rows.append(Row(words["change"], figures.money(-tender["change_minor"])))
    return rows
