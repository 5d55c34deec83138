"""The only writer of journals and postings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.money import exponent
from merchant.core.tenancy import current_merchant_id
from merchant.ledger.models import ExchangeRate, Journal, Posting
from merchant.ledger.recipes import KINDS, Leg
from merchant.merchants import queries as merchants

_known_accounts: set[UUID] = set()


class ExchangeRateMissing(AppError):
    """An amount in a foreign currency cannot be valued in the merchant's base currency."""

    code = "exchange_rate_missing"
    detail = "There is no exchange rate from {currency} to {base} on {day}."
    next_step = "Enter the rate under Settings, Exchange rates, then repeat."


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal to be. `(recipe, source)` identifies the fact for ever."""

    recipe: str
    source: str
    about: str
    legs: Sequence[Leg]
    text: str = ""
    reverses: UUID | None = None


def post(
    *, recipe: str, source: str, about: str, legs: Sequence[Leg], business_date: date, now: datetime, text: str = ""
) -> UUID | None:
    """
    Book one fact in the caller's transaction and return its journal's id.

    A repeat with the same recipe and source books nothing and returns None. Legs of zero are dropped; a fact without any is not booked. A day that is
    closed moves the journal to the next open one.

    :raises ExchangeRateMissing: for a foreign currency without a rate.
    """
    booked = post_many([Entry(recipe, source, about, legs, text)], business_date=business_date, now=now)
    return booked[0] if booked else None


def post_many(entries: Sequence[Entry], *, business_date: date, now: datetime) -> list[UUID]:
    """Book several facts of one moment with one statement. See `post`; the ids of the new journals are returned."""
    journals, postings = _parameters(entries, business_date, now)
    return list({row[0]: None for row in db.prepared_rows(_POST, [*journals, *postings])}) if journals else []


def post_first(entries: Sequence[Entry], *, business_date: date, now: datetime) -> None:
    """Book facts whose sources were made in this very transaction. See `post`; nothing is read back, and a source that was booked before is an error."""
    journals, postings = _parameters(entries, business_date, now)
    if journals:
        db.insert_prepared(_JOURNALS, journals)
        db.insert_prepared(_POSTINGS, postings)


def _parameters(entries: Sequence[Entry], business_date: date, now: datetime) -> tuple[list[Any], list[Any]]:
    """Return what fills `_JOURNALS` and `_POSTINGS`, nothing if there is nothing to book."""
    merchant_id = current_merchant_id()
    journals: list[tuple[Any, ...]] = []
    postings: list[tuple[Any, ...]] = []
    for entry in entries:
        legs = [leg for leg in entry.legs if leg.minor]
        if not legs:
            continue
        journal_id = new_id()
        journals.append((journal_id, entry.recipe, entry.source, len(legs), entry.about, entry.text, entry.reverses))
        bases = _base_amounts(legs, business_date)
        for leg, base_minor in zip(legs, bases, strict=True):
            postings.append((new_id(), journal_id, account_id(merchant_id, leg), leg.currency, leg.minor, base_minor))
    if not journals:
        return [], []
    _ensure_accounts(merchant_id, [leg for entry in entries for leg in entry.legs if leg.minor])
    moment = [merchant_id, business_date, merchant_id, business_date, now]
    return [*moment, *db.columns(journals, 7)], [merchant_id, *db.columns(postings, 6)]


_JOURNALS = """
INSERT INTO ledger_journal (id, recipe, source, posting_count, about, text, reverses_id, merchant_id, business_date, booked_at)
SELECT j.*, %s, GREATEST(%s, (SELECT locked_until + 1 FROM ledger_period_lock WHERE merchant_id = %s ORDER BY number DESC LIMIT 1), %s), %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::smallint[], %s::text[], %s::text[], %s::uuid[]) j
"""
_POSTINGS = """
INSERT INTO ledger_posting (id, journal_id, account_id, currency, amount_minor, base_minor, merchant_id)
SELECT p.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[]) p(id, journal_id, account_id, currency, amount_minor, base_minor)
"""
_POST = f"""
WITH journal AS ({_JOURNALS} ON CONFLICT (merchant_id, recipe, source) DO NOTHING RETURNING id)
{_POSTINGS} JOIN journal ON journal.id = p.journal_id RETURNING journal_id
"""


def worth_in_base(*, minor: int, currency: str, day: date) -> int:
    """
    Return what an amount is worth in the merchant's base currency on a day, in minor units.

    :raises ExchangeRateMissing: for a foreign currency without a rate.
    """
    base = merchants.base_currency(current_merchant_id())
    return minor if currency == base else _valued(Leg("", "", minor, currency), base, day)


def reverse(*, journal_id: UUID, source: str, business_date: date, now: datetime, text: str = "") -> UUID | None:
    """Book the opposite of a journal. It can be reversed once; a repeat with the same source returns None."""
    journal = Journal.objects.get(id=journal_id)
    rows = (
        Posting.objects.filter(journal_id=journal_id)
        .order_by("id")
        .values_list("account_id", "currency", "amount_minor")
    )
    kinds = {row[0]: (row[1], row[2]) for row in db.rows(_ACCOUNTS, [[account for account, _, _ in rows]])}
    legs = [Leg(*kinds[account], -minor, currency) for account, currency, minor in rows]
    entry = Entry(f"reversal_of_{journal.recipe}"[:40], source, journal.about, legs, text, reverses=journal_id)
    booked = post_many([entry], business_date=business_date, now=now)
    return booked[0] if booked else None


_ACCOUNTS = "SELECT id, kind, subject FROM ledger_account WHERE id = ANY(%s)"


def open_accounts(legs: Sequence[Leg]) -> None:
    """Open the accounts of `legs` that do not exist yet, in the caller's transaction: whoever books under a lock later waits for nobody's new account."""
    _ensure_accounts(current_merchant_id(), legs)


# The id of an account follows from what it is, so two tills that open it at once open the same one and a posting needs no look-up.
_NAMESPACE = UUID("5f0c1a52-6f0b-4f0e-9a55-7d1f3f1e8a10")


def account_id(merchant_id: UUID, leg: Leg) -> UUID:
    """Return the id of the account a leg is booked on."""
    return _account_id(f"{merchant_id}|{leg.kind}|{leg.subject}|{leg.currency}")


# 10,000 accounts are far more than the merchants of one process sell with.
@lru_cache(maxsize=10_000)
def _account_id(name: str) -> UUID:
    return uuid5(_NAMESPACE, name)


def _ensure_accounts(merchant_id: UUID, legs: Sequence[Leg]) -> None:
    wanted = {account_id(merchant_id, leg): leg for leg in legs}
    missing = sorted(key for key in wanted if key not in _known_accounts)
    if not missing:
        return
    unknown = {wanted[key].kind for key in missing} - KINDS.keys()
    if unknown:
        raise ValueError(f"no such account kind: {sorted(unknown)}")
    values = [(key, wanted[key].kind, wanted[key].subject, wanted[key].currency) for key in missing]
    db.execute(_OPEN_ACCOUNTS, [merchant_id, *db.columns(values, 4)])
    transaction.on_commit(lambda: _known_accounts.update(missing))


_OPEN_ACCOUNTS = """
INSERT INTO ledger_account (merchant_id, id, kind, subject, currency)
SELECT %s, a.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) a ON CONFLICT DO NOTHING
"""


def _base_amounts(legs: Sequence[Leg], day: date) -> list[int]:
    base = merchants.base_currency(current_merchant_id())
    if all(leg.currency == base for leg in legs):
        return [leg.minor for leg in legs]
    amounts = [leg.minor if leg.currency == base else _valued(leg, base, day) for leg in legs]
    amounts[-1] -= sum(amounts)
    return amounts


def _valued(leg: Leg, base: str, day: date) -> int:
    rate = ExchangeRate.objects.filter(currency=leg.currency, valid_from__lte=day).order_by("-valid_from").first()
    if rate is None:
        raise ExchangeRateMissing(currency=leg.currency, base=base, day=day)
    major = Decimal(leg.minor).scaleb(-exponent(leg.currency)) * rate.base_per_unit
    return int(major.scaleb(exponent(base)).quantize(Decimal(1), ROUND_HALF_UP))
