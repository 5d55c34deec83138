"""PostgreSQL itself refuses every way of unbalancing or changing the books."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from merchant.ledger import queries, services
from merchant.ledger.models import Posting
from merchant.ledger.recipes import Leg, Position, TaxedAmount, goods_handed_over, money_in
from merchant.models import Merchant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2026, 11, 21)


@pytest.fixture
def books(db):
    merchant = Merchant.objects.create(
        name="Halden", base_currency="EUR", country="DE", zone="Europe/Berlin", created_at=NOW
    )
    with acting_for(merchant.id):
        yield merchant


def book(legs, source="sale:1", recipe="test"):
    return services.post(recipe=recipe, source=source, about="order:1", legs=legs, business_date=DAY, now=NOW)


def now_checked():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


PAIR = [Leg("cash_register", "1", 1250, "EUR"), Leg("receivable", "", -1250, "EUR")]


def test_a_balanced_journal_is_booked_once(books):
    assert book(PAIR) is not None
    assert book(PAIR) is None
    now_checked()
    assert queries.balance("cash_register") == {"EUR": 1250}


@pytest.mark.parametrize(
    "legs",
    [
        [Leg("cash_register", "1", 1250, "EUR"), Leg("receivable", "", -1249, "EUR")],
        [Leg("cash_register", "1", 1250, "EUR"), Leg("receivable", "", 1, "EUR")],
    ],
)
def test_an_unbalanced_journal_is_refused_at_commit(books, legs):
    book(legs)
    with pytest.raises(DatabaseError, match="is off by"):
        now_checked()


def test_a_single_leg_is_refused(books):
    with pytest.raises(DatabaseError):
        book(PAIR[:1])


def test_nothing_can_be_added_to_a_journal_later(books):
    journal = book(PAIR)
    first = Posting.objects.filter(journal_id=journal)[0]
    with pytest.raises(DatabaseError, match="complete"), transaction.atomic():
        for minor in (5, -5):
            Posting(
                journal_id=journal, account_id=first.account_id, currency="EUR", amount_minor=minor, base_minor=minor
            ).save(force_insert=True)


def test_a_posting_on_another_merchants_account_is_refused(books):
    with pytest.raises(DatabaseError):
        Posting(journal_id=book(PAIR), account_id=new_id(), currency="EUR", amount_minor=1, base_minor=1).save(
            force_insert=True
        )


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_posting SET amount_minor = 1", "DELETE FROM ledger_journal", "TRUNCATE ledger_posting"]
)
def test_history_cannot_be_changed(books, statement):
    book(PAIR)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_reversal_brings_the_accounts_back_and_happens_once(books):
    journal = book(PAIR)
    assert services.reverse(journal_id=journal, source="sale:1", business_date=DAY, now=NOW) is not None
    assert services.reverse(journal_id=journal, source="sale:1", business_date=DAY, now=NOW) is None
    now_checked()
    assert queries.balance("cash_register") == {}


def test_a_cash_sale_leaves_the_drawer_full_and_nothing_receivable(books):
    goods = [TaxedAmount(1900, 1250, 200)]
    book(goods_handed_over(goods=goods, before=Position(0, 0), currency="EUR"), recipe="goods_handed_over")
    book(money_in(to=("cash_register", "1"), minor=1250, before=Position(1250, 0), currency="EUR"), recipe="money_in")
    now_checked()
    assert queries.balance("receivable") == {}
    assert queries.balance("sales") == {"EUR": -1050}
    assert queries.balance("vat_payable") == {"EUR": -200}
    assert queries.balance("cash_register") == {"EUR": 1250}
