"""What the books say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader
from merchant.core.tenancy import current_merchant_id
from merchant.ledger.models import Account, Journal, Posting
from merchant.ledger.recipes import KINDS


def balance(kind: str, *, subject: str | None = None) -> dict[str, int]:
    """Return what stands on the accounts of a kind, per currency: debit positive, in minor units."""
    rows = db.rows(_BALANCE, {"merchant": current_merchant_id(), "kind": kind, "subject": subject})
    return {currency: int(total) for currency, total in rows}


_BALANCE = """
SELECT a.currency, sum(p.amount_minor) FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %(merchant)s AND a.kind = %(kind)s AND (%(subject)s::text IS NULL OR a.subject = %(subject)s)
GROUP BY a.currency HAVING sum(p.amount_minor) <> 0
"""


def get_journal_id(*, recipe: str, source: str) -> UUID:
    """Return the journal that booked a fact. :raises NotFound: if it was not booked."""
    found = Journal.objects.filter(recipe=recipe, source=source).values_list("id", flat=True).first()
    if found is None:
        raise NotFound()
    return UUID(str(found))


def first_day() -> date | None:
    """Return the business day of the first thing ever booked, None while nothing is."""
    day: date | None = Journal.objects.order_by("business_date").values_list("business_date", flat=True).first()
    return day


@dataclass(frozen=True, slots=True)
class JournalFilters:
    """What a journal list is narrowed by. Empty fields do not narrow; `account` is a kind of account the journal touches."""

    recipe: str = ""
    account: str = ""
    about: str = ""
    source: str = ""
    date_from: date | None = None
    date_to: date | None = None


JOURNAL_FILTERS = ("recipe", "account", "about", "source", "date_from", "date_to")


def read_filters(params: Mapping[str, str]) -> JournalFilters:
    """
    Return the filters written in a query string; days are business days, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=JOURNAL_FILTERS)
    return JournalFilters(
        recipe=read.text("recipe"),
        account=read.choice("account", KINDS),
        about=read.text("about"),
        source=read.text("source"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
    )


def find_journals(filters: JournalFilters) -> QuerySet[Journal]:
    """Return the journals of the merchant in scope that the filters let through, in no order yet."""
    wanted = {
        "recipe": filters.recipe,
        "about": filters.about,
        "source": filters.source,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
    }
    journals: QuerySet[Journal] = Journal.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, "")}
    )
    if filters.account:
        accounts = Account.objects.filter(kind=filters.account)
        journals = journals.filter(
            id__in=Posting.objects.filter(account_id__in=accounts.values("id")).values("journal_id")
        )
    return journals


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One leg as shown: debit positive, credit negative, in minor units."""

    account: str
    subject: str
    currency: str
    amount_minor: int
    base_minor: int


def postings_of(journal_ids: Sequence[UUID]) -> dict[UUID, list[PostingRow]]:
    """Return the legs of journals, in the order they were booked, with one statement."""
    found: dict[UUID, list[PostingRow]] = defaultdict(list)
    for journal_id, *leg in db.rows(_POSTINGS, [current_merchant_id(), list(journal_ids)]):
        found[journal_id].append(PostingRow(*leg))
    return dict(found)


_POSTINGS = """
SELECT p.journal_id, a.kind, a.subject, p.currency, p.amount_minor, p.base_minor FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE p.merchant_id = %s AND p.journal_id = ANY(%s) ORDER BY p.id
"""
