"""Rules of matching: versions, windows, tolerances, and what other rules would have done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from merchant.core.errors import Invalid, NotFound
from merchant.core.jobs import services as jobs
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.reconciliation import services
from payments.reconciliation.desk import dry_run, limits, rules
from payments.reconciliation.desk import services as desk
from payments.reconciliation.desk.dry_run import Trial
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.matching import rules_now
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.matching.rules_now import Rules
from payments.reconciliation.models import Deviation, Match
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions
from tests.payments.settlement.reports import DAY, Row, report


def save(books: Books, made: Rules, *, account_id=None, **changes):  # type: ignore[no-untyped-def]
    return rules.save_rules(gateway_account_id=account_id, rules=made, now=books.now, **changes)


def test_rules_are_versions_and_an_accounts_own_come_first(books: Books) -> None:
    assert rules_now.current_rules(books.account.id) == (Rules(), None)
    save(books, Rules(card_window_days=5))
    save(books, Rules(card_window_days=5))
    save(books, Rules(card_window_days=3), account_id=books.account.id)

    assert rules_now.current_rules(books.account.id)[0].card_window_days == 3
    assert rules_now.current_rules()[0].card_window_days == 5
    assert sorted(MatchRules.objects.values_list("gateway_account_id", "version"), key=str) == sorted(
        [(None, 1), (books.account.id, 1)], key=str
    )


def test_what_cannot_be_is_not_saved(books: Books) -> None:
    for wrong in (Rules(card_window_days=32), Rules(rounding_max_minor=-1), Rules(rounding_account="bank")):
        with pytest.raises(Invalid):
            save(books, wrong)
    with pytest.raises(Invalid):
        save(books, Rules(), role_limits={"cashier": 1})
    with pytest.raises(NotFound):
        save(books, Rules(), account_id=books.foreign_account.id)
    save(books, Rules(card_window_days=5))
    with pytest.raises(rules.RulesChanged):
        save(books, Rules(card_window_days=6), seen_version=0)

    assert MatchRules.objects.count() == 1


def test_limits_of_roles_are_part_of_the_merchants_rules(books: Books) -> None:
    assert limits.current_limits() == {"owner": None, "manager": 50_000, "accountant": 5_000, "api_key": 5_000}

    save(books, Rules(), role_limits={"owner": 100, "accountant": None})

    assert limits.current_limits() == {"owner": 100, "manager": 50_000, "accountant": None, "api_key": 5_000}
    assert limits.needs_second_person(role="owner", way="write_off", minor=-101, currency="EUR", day=books.now.date())
    assert not limits.needs_second_person(role="owner", way="wait", minor=-101, currency="EUR", day=books.now.date())


def test_a_difference_within_the_tolerance_is_booked_and_one_beyond_it_is_a_persons(books: Books) -> None:
    save(books, Rules(rounding_max_minor=2))
    sales = [an_authorised_payment(books.account, minor=10_000) for _ in range(3)]
    books.take_report(report([Row(10_000 - off, sale.reference) for off, sale in zip((1, 2, 3), sales, strict=True)]))

    assert books.reconcile().within_tolerance == 2
    assert books.reconcile().within_tolerance == 0

    assert exceptions() == [("amount", sales[2].reference, -3)]
    assert ledger.balance("cash_rounding") == {"EUR": 3}
    assert set(Decision.objects.values_list("way", flat=True)) == {"rounding"}
    clearing_proves_itself(books)
    taken_back = Deviation.objects.get(operation_id=sales[0].id)
    desk.undo(exception_id=taken_back.id, note="", now=books.now)
    assert books.reconcile().within_tolerance == 0
    assert ledger.balance("cash_rounding") == {"EUR": 2}


def without_reference(books: Books, *, days: int) -> None:
    """A sale whose report row comes `days` later and names nothing but the card."""
    an_authorised_payment(books.account, minor=4_200, day=DAY - timedelta(days=days), answer={"card_last4": "4242"})
    books.take_report(report([Row(4_200, last4="4242", payment="pay_other")]))
    books.reconcile()


@pytest.mark.parametrize(("days", "window", "gained", "lost"), [(3, 2, 0, 1), (9, 10, 1, 0), (3, 7, 0, 0)])
def test_a_dry_run_says_what_would_change_and_changes_nothing(
    books: Books, days: int, window: int, gained: int, lost: int
) -> None:
    without_reference(books, days=days)
    before = (
        list(Match.objects.order_by("id").values()),
        list(Deviation.objects.order_by("id").values()),
        Journal.objects.count(),
    )
    trial = Trial(Rules(card_window_days=window), None, date(2026, 11, 1), date(2026, 12, 31))

    told = services.try_rules(trial, now=books.now)

    assert (told["gained"]["number"], told["lost"]["number"]) == (gained, lost)
    assert (told["gained"]["minor"], told["lost"]["minor"]) == (
        {"EUR": 4_200} if gained else {},
        {"EUR": 4_200} if lost else {},
    )
    assert (
        list(Match.objects.order_by("id").values()),
        list(Deviation.objects.order_by("id").values()),
        Journal.objects.count(),
    ) == before
    assert not MatchRules.objects.exists()


def test_a_dry_run_is_a_job_whose_answer_stays(books: Books) -> None:
    job = dry_run.request_dry_run(Trial(Rules(), books.account.id, date(2026, 11, 1), date(2026, 11, 30)))

    assert jobs.run(job.id) == "done"
    assert dry_run.get_dry_run(job.id).result["matches_before"] == 0
    with pytest.raises(NotFound):
        dry_run.request_dry_run(Trial(Rules(), books.foreign_account.id, date(2026, 11, 1), date(2026, 11, 30)))


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        ("manager", {"role_limits": {"manager": None}}),
        ("manager", {"role_limits": {"manager": 50_001}}),
        ("manager", {"role_limits": {"accountant": 60_000}}),
        ("", {"role_limits": {"api_key": 5_001}}),
    ],
)
def test_nobody_raises_a_limit_above_their_own(books: Books, role: str, changes: dict[str, object]) -> None:
    with pytest.raises(limits.LimitNotYours):
        save(books, Rules(), role=role, **changes)

    assert not MatchRules.objects.exists()


def test_what_is_booked_by_itself_stays_below_the_limit_of_who_says_so(books: Books) -> None:
    for account_id in (None, books.account.id):
        with pytest.raises(limits.LimitNotYours):
            save(books, Rules(rounding_max_minor=50_001), role="manager", account_id=account_id)
    assert not MatchRules.objects.exists()
    save(books, Rules(rounding_max_minor=60_000), role="owner")

    save(
        books, Rules(rounding_max_minor=60_000, card_window_days=5), role="manager", role_limits={"accountant": 50_000}
    )

    assert MatchRules.objects.count() == 2
