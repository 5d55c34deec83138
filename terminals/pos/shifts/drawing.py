"""From rows to what the pages of the day's close show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from merchant.core.money import Money
from merchant.core.pages.display import day_text, money_text
from merchant.core.pages.parts import Action, Fact, Stat
from merchant.core.pages.shell import locale_of
from merchant.core.telling import count_words
from payments.reconciliation.models import Deposit
from terminals.pos.shifts.blockers import Blocker
from terminals.pos.shifts.closings import explains_numbers, figures_json, figures_of, movements_until_count
from terminals.pos.shifts.figures import Figures
from terminals.pos.shifts.models import Closing, Count, Movement
from terminals.pos.shifts.pages import ClosingPage, ClosingRow, CountedLine, DepositRow, Line


def method_word(method: str) -> str:
    """Return a way of paying in the reader's language."""
    words = {
        "cash": _("Cash"),
        "card_present": _("Card"),
        "card": _("Card online"),
        "wallet": _("Wallet"),
        "bank_transfer": _("Bank transfer"),
        "gift_card": _("Gift card"),
        "store_credit": _("Store credit"),
    }
    return words.get(method, method.replace("_", " ").capitalize())


def movement_word(kind: str) -> str:
    """Return a kind of movement in the reader's language."""
    words = {
        "float": _("Float"),
        "paid_in": _("Paid in"),
        "paid_out": _("Paid out"),
        "no_sale": _("Opened without a sale"),
        "safe_drop": _("To the safe"),
        "over_short": _("Over/short"),
    }
    return words.get(kind, kind)


def closing_row(closing: Closing) -> ClosingRow:
    """Return a Z as the list shows it. Its register and store are loaded by the caller."""
    return ClosingRow(
        id=str(closing.id),
        url=f"/day-close/closings/{closing.id}/",
        title=f"{closing.register.name}-{closing.number}",
        store=closing.store.name,
        business_date=closing.business_date,
        closed_at=closing.closed_at,
        person=closing.person,
        sales=Money(closing.sales_minor, closing.currency),
        returns=Money(closing.returns_minor, closing.currency),
        difference=Money(closing.counted_cash_minor - closing.expected_cash_minor, closing.currency),
    )


def deposit_row(deposit: Deposit) -> DepositRow:
    """Return a deposit as the list shows it. Its store is loaded by the caller."""
    return DepositRow(
        id=str(deposit.id),
        reference=deposit.reference,
        store=deposit.store.name,
        sent_on=deposit.sent_on,
        amount=Money(deposit.amount_minor, deposit.currency),
        arrived=Money(deposit.arrived_minor, deposit.currency) if deposit.arrived_minor else None,
        state=deposit.status,
    )


def x_stats(found: Figures, currency: str) -> tuple[Stat, ...]:
    """Return the figures of an X: what was in the drawer before, its cash and what else went in or out come to what is expected in it."""
    stats = [
        Stat(_("Sales"), Money(found.sales_minor, currency)),
        Stat(_("Returns"), Money(-found.returns_minor, currency)),
        Stat(_("Receipts"), count_words(found.receipts)),
    ]
    stats += _beside_sales(figures_json(found), currency)
    stats += [Stat(method_word(tender.method), Money(tender.net_minor, currency)) for tender in found.tenders]
    stats.append(Stat(_("In the drawer before"), Money(found.opening_cash_minor, currency)))
    moved = [row for row in found.movements if row.minor]
    stats += [Stat(movement_word(row.kind), Money(row.minor, currency)) for row in moved]
    return (*stats, Stat(_("Expected in the drawer"), Money(found.expected_cash_minor, currency)))


def _beside_sales(said: dict[str, Any], currency: str) -> list[Stat]:
    """Why the tenders are not the sales: nothing where they are. An earlier Z does not say all of it."""
    words = {
        "tips_minor": _("Tips in the tenders"),
        "unfinished_minor": _("Taken for orders that are not finished"),
        "paid_before_minor": _("Of the sales, paid earlier or at another till"),
    }
    return [Stat(label, Money(said[name], currency)) for name, label in words.items() if said.get(name)]


def movement_line(movement: Movement) -> Line:
    """Return a movement of the drawer."""
    note = ", ".join(part for part in (movement.person, movement.reason) if part)
    return Line(movement_word(movement.kind), note, Money(movement.amount_minor, movement.currency))


def count_line(count: Count, currency: str) -> Line:
    """Return a count beside what was expected."""
    off = Money(count.counted_minor - count.expected_minor, currency)
    return Line(
        count.person, _("difference {amount}").format(amount=_written(off)), Money(count.counted_minor, currency)
    )


def closing_page(closing: Closing) -> ClosingPage:
    """Return a Z as its page shows it, from what it froze alone."""
    said, currency = closing.content["figures"], closing.currency

    def money(minor: int) -> Money:
        return Money(minor, currency)

    return ClosingPage(
        title=f"Z {closing.content['register']['name']}-{closing.number}",
        facts=_facts(closing, said),
        stats=(
            Stat(_("Sales"), money(said["sales_minor"])),
            Stat(_("Discounts"), money(said["discounts_minor"])),
            Stat(_("Returns"), money(-said["returns_minor"])),
            Stat(_("Net"), money(said["sales_minor"] - said["returns_minor"])),
            *_beside_sales(said, currency),
        ),
        tenders=tuple(_tender(tender, closing) for tender in said["tenders"]),
        taxes=tuple(_tax(tax, currency) for tax in said["taxes"]),
        drawer=_drawer(closing, said),
        late=tuple(
            Line(_day(item["business_date"]), _receipts(item["number"]), money(item["minor"])) for item in said["late"]
        ),
        shifts=tuple(
            Line(shift["person"], _("over/short"), money(shift["difference_minor"] or 0))
            for shift in closing.content["shifts"]
        ),
        left_open=tuple(Blocker(**blocker) for blocker in closing.content["left_open"]),
        actions=tuple(
            Action(words, f"/day-close/closings/{closing.id}/z.{kind}", "file-text")
            for words, kind in ((_("Page"), "html"), (_("PDF"), "pdf"), (_("Printer file"), "escpos"))
        ),
    )


def _facts(closing: Closing, said: dict[str, Any]) -> tuple[Fact, ...]:
    first, last = said["first_receipt"], said["last_receipt"]
    facts = [
        Fact(_("Store"), closing.content["store"]["name"]),
        Fact(_("Business day"), closing.business_date),
        Fact(_("From"), closing.began_at),
        Fact(_("Closed"), closing.closed_at),
        Fact(_("Closed by"), closing.person),
        Fact(_("Receipts"), f"{first} – {last}" if first is not None else _("none"), note=_receipts(said["receipts"])),
        *_numbers(figures_of(closing)),
        Fact(_("Sales since the first Z"), Money(closing.grand_sales_minor, closing.currency)),
        Fact(_("Returns since the first Z"), Money(closing.grand_returns_minor, closing.currency)),
    ]
    if closing.content["reason"]:
        facts.append(Fact(_("Reason of the difference"), closing.content["reason"]))
    if closing.content.get("accepted_by"):
        facts.append(Fact(_("Accepted by"), closing.content["accepted_by"]))
    return (*facts, Fact(_("Digest"), closing.digest, is_identifier=True))


def _numbers(said: dict[str, Any]) -> list[Fact]:
    """Why there are more numbers than receipts, and which receipts have another number on the customer's paper; nothing where neither is so."""
    if not explains_numbers(said):
        return []
    first, last = said["numbers_after"] + 1, said["numbers_until"]
    others, renumbered = said["other_papers"], said["renumbered"]
    notes = [
        ngettext("{n} number", "{n} numbers", last - first + 1).format(n=last - first + 1),
        _receipts(said["receipts"]),
        ngettext("{n} paper of returns or refunds", "{n} papers of returns or refunds", others).format(n=others),
    ]
    if renumbered:
        words = ngettext(
            "{n} receipt was printed without a connection under another number and names both",
            "{n} receipts were printed without a connection under another number and name both",
            renumbered,
        )
        notes.append(words.format(n=renumbered))
    return [
        Fact(
            _("Numbers given"),
            f"{first} – {last}",
            note="; ".join([f"{notes[0]} = {notes[1]} + {notes[2]}", *notes[3:]]),
        )
    ]


def _tender(tender: dict[str, Any], closing: Closing) -> CountedLine:
    currency = closing.currency
    if tender["method"] == "cash":
        counted: int | None = closing.counted_cash_minor
        expected = closing.expected_cash_minor
    else:
        counted, expected = closing.content["counted"]["tenders"].get(tender["method"]), tender["net_minor"]
    return CountedLine(
        method_word(tender["method"]),
        Money(expected, currency),
        Money(counted, currency) if counted is not None else None,
        Money(counted - expected, currency) if counted is not None else None,
    )


def _tax(tax: dict[str, Any], currency: str) -> Line:
    gross = tax["sales_minor"] - tax["returns_minor"]
    part = Money(tax["sales_tax_minor"] - tax["returns_tax_minor"], currency)
    return Line(
        f"{tax['rate_basis_points'] / 100:g} %", _("VAT {amount}").format(amount=_written(part)), Money(gross, currency)
    )


def _drawer(closing: Closing, said: dict[str, Any]) -> tuple[Line, ...]:
    currency = closing.currency
    cash = sum(tender["net_minor"] for tender in said["tenders"] if tender["method"] == "cash")
    lines = [
        Line(_("In the drawer before"), "", Money(said["opening_cash_minor"], currency)),
        Line(_("Cash, net"), "", Money(cash, currency)),
    ]
    lines += [
        Line(movement_word(row["kind"]), f"{row['number']} ×", Money(row["minor"], currency))
        for row in movements_until_count(closing)
    ]
    counted, expected, left = closing.counted_cash_minor, closing.expected_cash_minor, closing.closing_cash_minor
    return (
        *lines,
        Line(_("Expected"), "", Money(expected, currency)),
        Line(_("Over/short"), closing.content["reason"], Money(counted - expected, currency)),
        Line(_("To the safe"), "", Money(left - counted, currency)),
        Line(_("Stays in the drawer"), "", Money(left, currency)),
    )


def _day(written: str) -> str:
    return day_text(date.fromisoformat(written), shape="short", locale=locale_of(get_language() or "en"))


def _receipts(number: int) -> str:
    return ngettext("{n} receipt", "{n} receipts", number).format(n=number)


def _written(amount: Money) -> str:
    return money_text(amount, locale=locale_of(get_language() or "en"))
