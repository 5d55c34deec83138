"""hledger and ledger: a plain-text journal that other programs prove. Accounts are the plan's numbers and names below what they are."""

from __future__ import annotations

from collections.abc import Iterator

from merchant.core.money import exponent
from payments.accounting.charts import ChartLine
from reports.exports.formats.books import BookFormat, BookLeg, Books, Head, Voucher, decimal_text, one_line

_TYPES = {"asset": "assets", "liability": "liabilities", "equity": "equity", "income": "income", "cost": "expenses"}
_CODES = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "cost": "X"}


def write(head: Head, books: Books) -> Iterator[bytes]:
    """Write declarations, then one transaction a voucher, then the control totals as a comment."""
    yield _text(
        f"; {one_line(head.settings.company)}: {head.days_text}; {head.state}\n"
        f"; account plan {head.plan_number}, made {head.made_at.isoformat()}\n\n"
    )
    names = {account_of(line): line for line in head.lines}
    for name, line in sorted(names.items()):
        yield _text(f"account {name}  ; type: {_CODES[line.type]}\n")
    count, debit = 0, 0
    for voucher in books.vouchers():
        count += 1
        debit += sum(leg.base_minor for leg in voucher.legs if leg.base_minor > 0)
        yield _text(_transaction(head, voucher))
    total = decimal_text(debit, head.exponent)
    yield _text(
        f"\n; control totals: {count} vouchers, debits {total} {head.currency}, credits {total} {head.currency}\n"
    )


def account_of(line: ChartLine) -> str:
    """Return the account's name: two blanks would end it, a semicolon would begin a comment."""
    return f"{_TYPES[line.type]}:{line.number} {one_line(line.name.replace(';', ',').replace(':', ' '))}"


def _transaction(head: Head, voucher: Voucher) -> str:
    text = one_line(voucher.text).replace(";", ",").replace("|", "/")
    legs = "".join(_leg(head, leg) for leg in voucher.legs)
    return f"\n{voucher.day} ({voucher.number}) {text}\n    ; reference:{voucher.reference}\n{legs}"


def _leg(head: Head, leg: BookLeg) -> str:
    name = account_of(leg.line)
    return "".join(f"    {name}  {part}\n" for part in amounts_of(leg, head))


def amounts_of(leg: BookLeg, head: Head) -> list[str]:
    """Return a leg's amount; a foreign one with its worth, and apart from it a worth that rounding turned to the other side."""
    base = f"{decimal_text(leg.base_minor, head.exponent)} {head.currency}"
    if leg.currency == head.currency:
        return [base] if leg.base_minor else []
    amount = f"{decimal_text(leg.amount_minor, exponent(leg.currency))} {leg.currency}"
    if leg.amount_minor * leg.base_minor > 0:
        return [f"{amount} @@ {decimal_text(abs(leg.base_minor), head.exponent)} {head.currency}"]
    nothing = f"{amount} @@ {decimal_text(0, head.exponent)} {head.currency}"
    return [*([nothing] if leg.amount_minor else []), *([base] if leg.base_minor else [])]


def _text(text: str) -> bytes:
    return text.encode()


HLEDGER = BookFormat("hledger", "hledger", "journal", "text/plain; charset=utf-8", write)
