"""A camt entry has an amount without a sign: one below zero is told with its line, and nothing of the file is taken."""

from __future__ import annotations

import pytest

from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.models import StatementLine
from tests.payments.reconciliation.statements import Entry, balance_xml, statement

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("direction", "closing"), [("CRDT", -100), ("DBIT", 100)])
def test_an_amount_below_zero_is_refused_with_its_line_even_if_the_balances_agree_with_it(books, direction, closing):
    one = statement([Entry(100, "A")], closing=closing)
    content = one.replace(
        b"<Ntry><Amt Ccy='EUR'>1.00</Amt><CdtDbtInd>CRDT", f"\n<Ntry><Amt Ccy='EUR'>-1.00</Amt><CdtDbtInd>{direction}".encode()
    )  # fmt: skip

    file = books.take_statement(content).file

    assert (file.status, StatementLine.objects.count()) == ("out_of_balance", 0)
    [failure] = file.summary["row_failures"]
    assert (failure["line"], failure["column"], failure["code"]) == (2, "Amt", "amount_negative")
    [refused] = import_pages.import_page(file, None, locale="en_GB").refused
    assert refused.message == "'-1.00' is negative: CdtDbtInd says which way money goes, and an amount has no sign"


def test_nothing_below_zero_and_a_balance_with_a_sign_are_read(books):
    """A balance is proven by the entries, whatever a bank makes of its sign."""
    content = statement([Entry(0, "A"), Entry(500, "B")], opening=-200).replace(b">0.00<", b">-0.00<")
    content = content.replace(balance_xml("OPBD", -200, "2026-11-21").encode(), b"")
    content = content.replace(
        b"<Bal>", balance_xml("OPBD", 200, "2026-11-21").replace(">2.00<", ">-2.00<").encode() + b"<Bal>", 1
    )

    file = books.take_statement(content).file

    assert (file.status, StatementLine.objects.count()) == ("balanced", 2)
