"""
Every way in which books could be damaged, tried for real: PostgreSQL has to refuse each.

Run after a restore and by `make figures`. All of it happens in one transaction that is rolled back, for a merchant that exists only in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from merchant.core.ids import new_id

_MERCHANT = """
INSERT INTO merchant_merchant (id, name, base_currency, country, zone, day_cutoff, locale, is_sandbox, created_at)
VALUES (%(merchant)s, 'Guards', 'EUR', 'DE', 'UTC', '00:00', 'en', true, now())
"""
_ACCOUNT = "INSERT INTO ledger_account (id, merchant_id, kind, subject, currency) VALUES (%(id)s, %(merchant)s, 'bank', %(subject)s, %(currency)s)"
_JOURNAL = """
INSERT INTO ledger_journal (id, merchant_id, recipe, source, business_date, booked_at, posting_count, about, text, reverses_id)
VALUES (%(id)s, %(merchant)s, 'guard', %(source)s, current_date, now(), %(count)s, '', '', %(reverses)s)
"""
_POSTING = """
INSERT INTO ledger_posting (id, merchant_id, journal_id, account_id, currency, amount_minor, base_minor)
VALUES (%(id)s, %(merchant)s, %(journal)s, %(account)s, %(currency)s, %(minor)s, %(minor)s)
"""


@dataclass(frozen=True, slots=True)
class Damage:
    """One way to damage books, and what PostgreSQL said to it; an empty `refusal` means it was let through."""

    name: str
    refusal: str


class _Books:
    """Two merchants' books inside one transaction."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session
        self.merchant, self.other = new_id(), new_id()
        for merchant in (self.merchant, self.other):
            self.do(_MERCHANT, merchant=merchant)
        self.euro, self.euro_too = self.account("EUR", "1"), self.account("EUR", "2")
        self.dollar = self.account("USD", "1")
        self.foreign = self.account("EUR", "1", merchant=self.other)
        self.good = self.journal("good")
        self.pair(self.good)
        self.reversal = self.journal("reversal", reverses=self.good)
        self.pair(self.reversal, minor=-5)

    def do(self, sql: str, **values: Any) -> None:
        self.session.execute(sql, values)

    def account(self, currency: str, subject: str, *, merchant: Any = None) -> Any:
        ident = new_id()
        self.do(_ACCOUNT, id=ident, merchant=merchant or self.merchant, subject=subject, currency=currency)
        return ident

    def journal(self, source: str, *, count: int = 2, reverses: Any = None) -> Any:
        ident = new_id()
        self.do(_JOURNAL, id=ident, merchant=self.merchant, source=source, count=count, reverses=reverses)
        return ident

    def post(self, journal: Any, account: Any, minor: int, *, currency: str = "EUR", merchant: Any = None) -> None:
        self.do(
            _POSTING, id=new_id(), merchant=merchant or self.merchant, journal=journal, account=account, currency=currency, minor=minor,
        )  # fmt: skip

    def pair(self, journal: Any, minor: int = 5) -> None:
        self.post(journal, self.euro, minor)
        self.post(journal, self.euro_too, -minor)


def _unbalanced(books: _Books) -> None:
    journal = books.journal("bad")
    books.post(journal, books.euro, 5)
    books.post(journal, books.euro_too, -4)


def _empty(books: _Books) -> None:
    books.journal("bad")


def _single_leg(books: _Books) -> None:
    books.post(books.journal("bad", count=1), books.euro, 5)


def _zero_leg(books: _Books) -> None:
    journal = books.journal("bad", count=3)
    books.pair(journal)
    books.post(journal, books.euro, 0)


def _two_currencies(books: _Books) -> None:
    journal = books.journal("bad")
    books.post(journal, books.euro, 5)
    books.post(journal, books.dollar, -5, currency="USD")


def _account_of_another_merchant(books: _Books) -> None:
    journal = books.journal("bad")
    books.post(journal, books.euro, 5)
    books.post(journal, books.foreign, -5)


def _posting_of_another_merchant(books: _Books) -> None:
    journal = books.journal("bad")
    books.post(journal, books.euro, 5)
    books.post(journal, books.foreign, -5, merchant=books.other)


def _other_currency_than_the_account(books: _Books) -> None:
    journal = books.journal("bad")
    books.post(journal, books.euro, 5)
    books.post(journal, books.dollar, -5)


def _late_pair(books: _Books) -> None:
    books.pair(books.good)


def _same_source_twice(books: _Books) -> None:
    books.pair(books.journal("good"))


def _second_reversal(books: _Books) -> None:
    books.pair(books.journal("reversal again", reverses=books.good), minor=-5)


def _update(books: _Books) -> None:
    books.do("UPDATE ledger_posting SET amount_minor = amount_minor * 2 WHERE journal_id = %(good)s", good=books.good)


def _delete(books: _Books) -> None:
    books.do("DELETE FROM ledger_posting WHERE journal_id = %(good)s", good=books.good)


def _truncate(books: _Books) -> None:
    books.do("TRUNCATE ledger_posting")


def _guards_off_by_table(books: _Books) -> None:
    books.do("ALTER TABLE ledger_journal DISABLE TRIGGER ALL")


def _guard_dropped(books: _Books) -> None:
    books.do("DROP TRIGGER journal_balances ON ledger_journal")


def _guards_off_by_session(books: _Books) -> None:
    books.do("SET LOCAL session_replication_role = replica")


_DAMAGES = {
    "an unbalanced journal": _unbalanced,
    "an empty journal": _empty,
    "a single leg": _single_leg,
    "a leg of zero": _zero_leg,
    "two currencies that are zero only together": _two_currencies,
    "an account of another merchant": _account_of_another_merchant,
    "a posting of another merchant than its journal": _posting_of_another_merchant,
    "a posting in another currency than its account": _other_currency_than_the_account,
    "a pair added to a finished journal": _late_pair,
    "the same source twice": _same_source_twice,
    "a second reversal": _second_reversal,
    "an update": _update,
    "a delete": _delete,
    "a truncate": _truncate,
    "guards switched off": _guards_off_by_table,
    "a guard dropped": _guard_dropped,
    "guards switched off for a session": _guards_off_by_session,
}


def try_all(session: psycopg.Connection[Any]) -> list[Damage]:
    """
    Try every damage as the role of `session` and return what PostgreSQL said to each. Nothing of it stays.

    `session` must not be inside a transaction. An honest journal and an honest reversal must go through first, or the trial itself fails.
    """
    with session.transaction(force_rollback=True):
        books = _Books(session)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.execute("SET CONSTRAINTS ALL DEFERRED")
        return [Damage(name, _try(books, act)) for name, act in _DAMAGES.items()]


def _try(books: _Books, act: Any) -> str:
    try:
        with books.session.transaction(force_rollback=True):
            act(books)
            books.session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as refusal:
        return str(refusal).splitlines()[0] or type(refusal).__name__
    return ""
