"""An X or a Z as a paper: every word and figure as it will be read. HTML, PDF and ESC/POS lay it out like a receipt."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from orders.documents import paper
from orders.documents.paper import Figures as Writing
from orders.documents.paper import ReadyPaper, Row
from orders.documents.render import Rendered, render_paper
from terminals.pos.shifts.closings import explains_numbers, figures_json, figures_of, movements_until_count
from terminals.pos.shifts.figures import Figures
from terminals.pos.shifts.models import Closing, Shift
from terminals.pos.shifts.words import words_of

Section = tuple[str, tuple[Row, ...]]


def render_closing(closing: Closing, *, format_: str, is_a4: bool = False) -> Rendered:
    """Return a Z as `html`, `pdf` or `escpos`, drawn from what it froze alone. Printed again it says the same."""
    name = f"z-{closing.content['register']['code']}-{closing.number}"
    return render_paper(prepare_closing(closing), name=name, format_=format_, is_a4=is_a4)


def render_figures(
    found: Figures, shift: Shift, *, merchant: str, locale: str, now: datetime, format_: str, is_a4: bool = False
) -> Rendered:
    """Return an X of a shift's register as `html`, `pdf` or `escpos`. It is stored nowhere."""
    store = shift.store
    content: dict[str, Any] = {
        "merchant": merchant,
        "locale": locale,
        "zone": store.zone,
        "store": {
            "name": store.name,
            "address": store.address,
            "tax_number": store.tax_number,
            "organisation_number": store.organisation_number,
        },
        "register": {"name": shift.register.name, "code": shift.register.code},
        "figures": figures_json(found),
    }
    words = words_of(locale)
    figures = content["figures"]
    drawer = _drawer(
        figures, figures["movements"], _writing(content, shift.currency), words, expected=found.expected_cash_minor
    )
    ready = _paper(
        content, currency=shift.currency, title=words["x"], number="", span=(shift.opened_at, now), person=shift.person,
        sections=[*_numbers(figures, words), drawer],
    )  # fmt: skip
    return render_paper(ready, name=f"x-{shift.register.code}", format_=format_, is_a4=is_a4)


def prepare_closing(closing: Closing) -> ReadyPaper:
    """Return the paper of a Z."""
    content, words = closing.content, words_of(closing.content["locale"])
    write = _writing(content, closing.currency)
    return _paper(
        content,
        currency=closing.currency,
        title=words["z"],
        number=f"{content['register']['name']}-{closing.number}",
        span=(closing.began_at, closing.closed_at),
        person=closing.person,
        day=closing.business_date,
        sections=[
            _counted(closing, write, words),
            *_numbers(figures_of(closing), words),
            *_late(content, write, words),
            _grand(closing, write, words),
            _shifts(content, write, words),
            *_left_open(content, words),
        ],
        footer=(f"{words['digest']} {closing.digest[:32]}", closing.digest[32:]),
    )


def _paper(
    content: dict[str, Any],
    *,
    currency: str,
    title: str,
    number: str,
    span: tuple[datetime, datetime],
    person: str,
    sections: list[Section],
    day: date | None = None,
    footer: tuple[str, ...] = (),
) -> ReadyPaper:
    words, write = words_of(content["locale"]), _writing(content, currency)
    locale, zone, found = paper.locale_named(content["locale"]), ZoneInfo(content["zone"]), content["figures"]
    lines = [
        Row(words["sales"], write.money(found["sales_minor"]), words["receipts"].format(number=found["receipts"])),
        Row(words["discounts"], write.money(found["discounts_minor"]), f"{found['discounts']} ×"),
        Row(words["returns"], write.money(-found["returns_minor"]), f"{found['returns']} ×"),
    ]
    if found.get("rounding_minor"):
        lines.append(Row(words["rounding"], write.money(found["rounding_minor"])))
    for name in ("tips", "unfinished", "paid_before"):
        if minor := found.get(f"{name}_minor"):
            lines.append(Row(words[name], write.money(minor)))
    facts = [
        Row(words["from"], paper.moment_line(span[0], zone, locale)),
        Row(words["until"], paper.moment_line(span[1], zone, locale)),
        Row(words["business_day"], paper.day_line(day.isoformat(), locale) if day else ""),
        Row(words["register"], f"{content['register']['name']} ({content['register']['code']})"),
        Row(words["served_by"], person),
    ]
    if found["first_receipt"] is not None:
        facts.append(Row(words["numbers"], f"{found['first_receipt']} – {found['last_receipt']}"))
    return ReadyPaper(
        language=locale.language,
        title=title,
        number=number,
        copy_mark="",
        seller=paper.seller_lines(content),
        facts=tuple(fact for fact in facts if fact.right),
        lines=tuple(lines),
        total=Row(
            f"{words['net_sales']} {currency}",
            write.money(found["sales_minor"] - found["returns_minor"]),
            is_strong=True,
        ),
        tenders=tuple(_tender(tender, write, words) for tender in found["tenders"]),
        tax_headings=(words["tax"], words["net"], words["tax"], words["gross"]),
        taxes=tuple(_tax(tax, write) for tax in found["taxes"]),
        footer=(*paper.footer_lines(content, words), *footer),
        sections=tuple(sections),
    )


def _writing(content: dict[str, Any], currency: str) -> Writing:
    return Writing(paper.locale_named(content["locale"]), currency, 1)


def _tender(tender: dict[str, Any], write: Writing, words: dict[str, str]) -> Row:
    notes = [
        words[kind].format(number=tender[kind], amount=write.money(tender[f"{kind}_minor"]))
        for kind in ("taken", "refunded", "voided")
        if tender[kind]
    ]
    return Row(words.get(tender["method"], tender["method"]), write.money(tender["net_minor"]), ", ".join(notes))


def _tax(tax: dict[str, Any], write: Writing) -> tuple[str, str, str, str]:
    gross = tax["sales_minor"] - tax["returns_minor"]
    part = tax["sales_tax_minor"] - tax["returns_tax_minor"]
    return write.rate(tax["rate_basis_points"]), write.money(gross - part), write.money(part), write.money(gross)


def _drawer(
    found: dict[str, Any], movements: list[dict[str, Any]], write: Writing, words: dict[str, str], *, expected: int
) -> Section:
    cash = sum(tender["net_minor"] for tender in found["tenders"] if tender["method"] == "cash")
    rows = [Row(words["opening"], write.money(found["opening_cash_minor"])), Row(words["cash_net"], write.money(cash))]
    for movement in movements:
        rows.append(Row(words[movement["kind"]], write.money(movement["minor"]), f"{movement['number']} ×"))
    return words["drawer"], (*rows, Row(words["expected"], write.money(expected), is_strong=True))


def _counted(closing: Closing, write: Writing, words: dict[str, str]) -> Section:
    """What was expected, line by line, then what was counted, what that made of it, and what then went to the safe."""
    found, movements = closing.content["figures"], movements_until_count(closing)
    heading, rows = _drawer(found, movements, write, words, expected=closing.expected_cash_minor)
    difference = closing.counted_cash_minor - closing.expected_cash_minor
    more = [
        Row(words["counted"], write.money(closing.counted_cash_minor)),
        Row(words["difference"], write.money(difference), closing.content["reason"]),
        Row(words["safe_drop"], write.money(closing.closing_cash_minor - closing.counted_cash_minor)),
        Row(words["stays"], write.money(closing.closing_cash_minor)),
    ]
    if accepted_by := closing.content.get("accepted_by"):
        more.append(Row(words["accepted_by"], accepted_by))
    expected = {tender["method"]: tender["net_minor"] for tender in closing.content["figures"]["tenders"]}
    for method, minor in closing.content["counted"]["tenders"].items():
        label = words["slips"].format(method=words.get(method, method))
        off = write.money(minor - expected.get(method, 0))
        more.append(Row(label, write.money(minor), f"{words['difference']} {off}"))
    return heading, (*rows, *more)


def _numbers(found: dict[str, Any], words: dict[str, str]) -> list[Section]:
    """Why there are more numbers than receipts, and which receipts have another number on the customer's paper; nothing where neither is so."""
    if not explains_numbers(found):
        return []
    first, last = found["numbers_after"] + 1, found["numbers_until"]
    rows = [
        Row(f"{first} – {last}", str(last - first + 1)),
        Row(words["of_sales"], str(found["receipts"])),
        Row(words["of_returns"], str(found["other_papers"])),
    ]
    if found["renumbered"]:
        rows.append(Row(words["renumbered"], str(found["renumbered"]), words["renumbered_hint"]))
    return [(words["numbers"], tuple(rows))]


def _late(content: dict[str, Any], write: Writing, words: dict[str, str]) -> list[Section]:
    locale = paper.locale_named(content["locale"])
    rows = tuple(
        Row(
            f"{paper.day_line(item['business_date'], locale)}  {item['first_receipt']} – {item['last_receipt']}",
            write.money(item["minor"]),
            words["receipts"].format(number=item["number"]),
        )
        for item in content["figures"]["late"]
    )
    return [(words["late"], rows)] if rows else []


def _grand(closing: Closing, write: Writing, words: dict[str, str]) -> Section:
    return words["grand"], (
        Row(words["sales"], write.money(closing.grand_sales_minor)),
        Row(words["returns"], write.money(-closing.grand_returns_minor)),
        Row(words["grand_net"], write.money(closing.grand_sales_minor - closing.grand_returns_minor)),
    )


def _shifts(content: dict[str, Any], write: Writing, words: dict[str, str]) -> Section:
    return words["shifts"], tuple(
        Row(shift["person"], write.money(shift["difference_minor"] or 0), words["difference"])
        for shift in content["shifts"]
    )


def _left_open(content: dict[str, Any], words: dict[str, str]) -> list[Section]:
    rows = tuple(Row(blocker["label"], blocker["state"]) for blocker in content["left_open"])
    return [(words["left_open"], rows)] if rows else []
