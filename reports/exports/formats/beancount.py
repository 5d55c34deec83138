"""Beancount: a plain-text journal that `bean-check` proves. Accounts are the plan's numbers and names below their five roots."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from payments.accounting.charts import ChartLine
from reports.exports.formats.books import BookFormat, Books, Head, Voucher, decimal_text, one_line
from reports.exports.formats.hledger import amounts_of

_ROOTS = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "cost": "Expenses"}
_FIRST_DAY = "1970-01-01"


def write(head: Head, books: Books) -> Iterator[bytes]:
    """Write options and accounts, then one transaction a voucher, then the control totals as a comment."""
    company = one_line(head.settings.company).replace("\\", "/")
    yield (
        f"; {company}: {head.days_text}; {head.state}\n; account plan {head.plan_number}, made {head.made_at.isoformat()}\n"
        f'option "title" "{company}"\noption "operating_currency" "{head.currency}"\n\n'
    ).encode()
    for name in sorted({account_of(line) for line in head.lines}):
        yield f"{_FIRST_DAY} open {name}\n".encode()
    count, debit = 0, 0
    for voucher in books.vouchers():
        count += 1
        debit += sum(leg.base_minor for leg in voucher.legs if leg.base_minor > 0)
        yield _transaction(head, voucher).encode()
    total = decimal_text(debit, head.exponent)
    yield f"\n; control totals: {count} vouchers, debits {total} {head.currency}, credits {total} {head.currency}\n".encode()


def account_of(line: ChartLine) -> str:
    """Return the account's name: ASCII letters, digits and hyphens, as every version of Beancount reads them."""
    plain = unicodedata.normalize("NFKD", line.name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^0-9A-Za-z]+", "-", plain).strip("-")
    number = re.sub(r"[^0-9A-Za-z]+", "-", line.number)
    return f"{_ROOTS[line.type]}:{number[:1].upper()}{number[1:]}{'-' if words else ''}{words}"


def _transaction(head: Head, voucher: Voucher) -> str:
    text = one_line(voucher.text).replace("\\", "/")
    legs = "".join(f"  {account_of(leg.line)}  {part}\n" for leg in voucher.legs for part in amounts_of(leg, head))
    return f'\n{voucher.day} * "{text}"\n  reference: "{voucher.reference}"\n  voucher: "{voucher.number}"\n{legs}'


BEANCOUNT = BookFormat("beancount", "Beancount", "beancount", "text/plain; charset=utf-8", write)
