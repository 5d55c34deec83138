"""Exceptions as work: each way books exactly what it showed, above a limit two people decide, and until its batch is closed it can be taken back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.tenancy import Actor, acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from merchant.merchants.models import Merchant
from payments.reconciliation import services as reconciliation
from payments.reconciliation.desk import bulk, closing, passing_on, queries, services
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.queries import Batch, Wanted
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.ways import BOOKABLE, Standing, ways_of
from payments.reconciliation.models import Deviation, Match, StatementFile
from payments.reconciliation.states import EXCEPTION_KINDS
from payments.reconciliation.workbench import comparison
from payments.reconciliation.workbench.options import options_of
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_fee_contract, a_staff_member, an_authorised_payment, papers
from tests.payments.books import Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions
from tests.payments.settlement.reports import Row, report


def short_by(books: Books, *minors: int) -> list[Deviation]:
    """Sales that were settled for less than they were."""
    sales = [an_authorised_payment(books.account, minor=10_000) for _ in minors]
    rows = [Row(10_000 - minor, sale.reference) for sale, minor in zip(sales, minors, strict=True)]
    books.take_report(report(rows))
    books.reconcile()
    found = {row.operation_id: row for row in Deviation.objects.filter(kind="amount")}
    return [found[sale.id] for sale in sales]


@pytest.mark.parametrize("kind", EXCEPTION_KINDS)
@pytest.mark.parametrize("minor", [-700, 0, 700])
def test_every_kind_has_ways_out_that_balance_and_one_proposed_where_something_speaks_for_it(
    kind: str, minor: int
) -> None:
    standing = Standing(kind, minor, "EUR", "clearing", "gw", "gw")

    ways = ways_of(standing)

    assert [way.is_proposed for way in ways].count(True) == (0 if kind == "unexplained_bank_line" else 1)
    assert {"note", "wait"} <= {way.name for way in ways}
    for way in ways:
        for legs in way.legs.values():
            assert sum(leg.minor for leg in legs) == 0
            assert not legs or {leg.kind: leg.minor for leg in legs}["clearing"] == minor


@pytest.mark.parametrize(("way", "account"), [("write_off", ""), ("claim", ""), *(("book", name) for name in BOOKABLE)])
def test_a_way_books_exactly_the_legs_it_showed(books: Books, way: str, account: str) -> None:
    [found] = short_by(books, 100)
    shown = {one.name: one.legs for one in ways_of(queries.standing_of(found))}[way][account]

    decision = decide(books, found, way, account=account)

    for leg in shown:
        assert ledger.balance(leg.kind, subject=leg.subject).get("EUR", 0) == (
            0 if leg.kind == "clearing" else leg.minor
        )
    assert decision.journal_id is not None
    assert exceptions() == []
    clearing_proves_itself(books)


def test_taking_it_back_reverses_the_journal_and_opens_the_exception_and_it_can_be_decided_again(books: Books) -> None:
    [found] = short_by(books, 100)
    first = decide(books, found, "write_off")

    services.undo(exception_id=found.id, note="not agreed", now=books.now)

    assert ledger.balance("write_off") == {}
    assert exceptions() == [("amount", found.reference, -100)]
    clearing_proves_itself(books)
    second = decide(books, found, "claim")
    assert ledger.balance("claims", subject=str(books.account.id)) == {"EUR": 100}
    clearing_proves_itself(books)
    first.refresh_from_db()
    assert (first.undone_note, first.reversal_id is not None, second.undone_at) == ("not agreed", True, None)
    assert [one.action for one in queries.list_history(found)][:3] == [
        "exception.resolved", "exception.reopened", "exception.resolved",
    ]  # fmt: skip


def test_what_was_not_decided_cannot_be_taken_back(books: Books) -> None:
    [found] = short_by(books, 100)
    journals = Journal.objects.count()

    with pytest.raises(services.DecisionNotStanding):
        services.undo(exception_id=found.id, note="", now=books.now)

    assert Journal.objects.count() == journals


def test_of_an_amount_that_changed_only_the_rest_is_booked(books: Books) -> None:
    [found] = short_by(books, 100)
    decide(books, found, "write_off")
    Deviation.objects.filter(id=found.id).update(status="open", amount_minor=-130)

    decide(books, Deviation.objects.get(id=found.id), "write_off")

    assert ledger.balance("write_off") == {"EUR": 130}


def test_a_closed_batch_is_not_undone_and_one_with_open_work_is_not_closed(books: Books) -> None:
    first, second = short_by(books, 100, 50)
    file = ReportFile.objects.get()
    decide(books, first, "write_off")
    with pytest.raises(closing.BatchNotDone):
        closing.close_batch(role="owner", report_id=file.id, now=books.now)
    passing_on.wait_until(exception_id=second.id, day=books.now.date() + timedelta(days=2), note="", now=books.now)
    with pytest.raises(closing.BatchNotDone):
        closing.close_batch(role="owner", report_id=file.id, now=books.now)
    assert not BatchClosing.objects.exists()
    decide(books, second, "note")

    closing.close_batch(role="owner", report_id=file.id, now=books.now)

    for found in (first, second):
        with pytest.raises(services.BatchClosed):
            services.undo(exception_id=found.id, note="", now=books.now)
    assert ledger.balance("write_off") == {"EUR": 100}
    assert exceptions() == []
    with pytest.raises(closing.BatchAlreadyClosed):
        closing.close_batch(role="owner", report_id=file.id, now=books.now)


def test_what_no_run_has_looked_at_keeps_its_batch_open(books: Books) -> None:
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(10_000, sale.reference)]))

    with pytest.raises(closing.BatchNotDone):
        closing.close_batch(role="owner", report_id=ReportFile.objects.get().id, now=books.now)
    books.reconcile()

    assert (
        closing.close_batch(role="owner", report_id=ReportFile.objects.get().id, now=books.now).figures["unseen"] == 0
    )


def test_above_the_limit_of_a_role_another_person_decides_and_nothing_moves_before(books: Books) -> None:
    [found] = short_by(books, 6_000)
    asker, approver = (a_staff_member(books.merchant, role=role) for role in ("accountant", "manager"))
    choice = Choice("write_off", "lost")
    journals = Journal.objects.count()

    with acting_for(books.merchant.id, Actor("staff", asker.id, "Ada")):
        with pytest.raises(ApprovalNeeded):
            services.decide(exception_id=found.id, choice=choice, role="accountant", now=books.now)
        assert (Journal.objects.count(), Decision.objects.count()) == (journals, 0)
        wish = services.wish_for(found, queries.standing_of(found), choice)
        asked = approvals.ask_once(wish=wish)
        approvals.decide(approval_id=asked.id, member_id=approver.id, is_granted=True)
        with pytest.raises(ApprovalNeeded):
            services.decide(
                exception_id=found.id, choice=Choice("claim"), role="accountant", now=books.now, approval_id=asked.id
            )
        decision = services.decide(
            exception_id=found.id, choice=choice, role="accountant", now=books.now, approval_id=asked.id
        )

    assert (decision.decided_by, decision.approved_by) == ("Ada", str(approver.user))
    assert ledger.balance("write_off") == {"EUR": 6_000}


def test_below_the_limit_one_person_is_enough(books: Books) -> None:
    [found] = short_by(books, 5_000)

    assert decide(books, found, "write_off", role="accountant").approved_by == ""


def test_many_small_decisions_of_a_person_on_a_day_are_measured_as_the_one_they_come_to(books: Books) -> None:
    first, second, third, fourth = short_by(books, 4_999, 4_998, 1, 2)
    asker, other, approver = (
        a_staff_member(books.merchant, role=role) for role in ("accountant", "accountant", "manager")
    )
    write_off = Choice("write_off", "lost")

    def decide_as(member: Any, found: Deviation, *, days: int = 0, approval_id: UUID | None = None) -> Decision:
        with acting_for(books.merchant.id, Actor("staff", member.id, str(member.user))):
            then = books.now + timedelta(days=days)
            return services.decide(
                exception_id=found.id, choice=write_off, role="accountant", now=then, approval_id=approval_id
            )

    decide_as(asker, first)
    with pytest.raises(ApprovalNeeded):
        decide_as(asker, second)
    with acting_for(books.merchant.id, Actor("staff", asker.id, "Ada")), pytest.raises(ApprovalNeeded):
        bulk.decide_many(exception_ids=[second.id, third.id], choice=write_off, role="accountant", now=books.now)
    assert (Decision.objects.count(), ledger.balance("write_off")) == (1, {"EUR": 4_999})
    assert decide_as(asker, third).approved_by == "", "fifty on the cent are the limit, not above it"
    with pytest.raises(ApprovalNeeded):
        decide_as(asker, fourth)
    assert decide_as(other, fourth).approved_by == "", "everybody has a limit of their own"
    with acting_for(books.merchant.id, Actor("staff", asker.id, "Ada")):
        wish = services.wish_for(second, queries.standing_of(second), write_off)
        asked = approvals.ask_once(wish=wish)
        approvals.decide(approval_id=asked.id, member_id=approver.id, is_granted=True)

    agreed = decide_as(asker, second, approval_id=asked.id)

    assert agreed.approved_by == str(approver.user)
    for found in (second, third):
        services.undo(exception_id=found.id, note="not agreed", now=books.now)
    decide_as(asker, third)
    assert decide_as(asker, second, days=1).approved_by == "", "the next day has a limit of its own"


def test_a_selection_of_one_kind_is_decided_together_with_an_answer_for_each(books: Books) -> None:
    first, second, third = short_by(books, 100, 200, 300)
    decide(books, second, "note")

    answers = bulk.decide_many(
        exception_ids=[one.id for one in (first, second, third)], choice=Choice("write_off", "same cause"), role="owner", now=books.now
    )  # fmt: skip

    assert [(answer.is_resolved, answer.code) for answer in answers] == [
        (True, ""),
        (False, "exception_not_open"),
        (True, ""),
    ]
    assert ledger.balance("write_off") == {"EUR": 400}
    clearing_proves_itself(books)


def test_a_selection_is_measured_by_what_it_comes_to_together_and_needs_one_approval(books: Books) -> None:
    found = short_by(books, 3_000, 4_000)
    ids = [one.id for one in found]
    asker, approver = (a_staff_member(books.merchant, role=role) for role in ("accountant", "owner"))
    choice = Choice("write_off")

    def decide_all(approval_id: UUID | None = None) -> list[bulk.Answer]:
        return bulk.decide_many(
            exception_ids=ids, choice=choice, role="accountant", now=books.now, approval_id=approval_id
        )

    with acting_for(books.merchant.id, Actor("staff", asker.id, "Ada")):
        with pytest.raises(ApprovalNeeded):
            decide_all()
        assert ledger.balance("write_off") == {}
        day = services.today_of(books.now)
        wish = bulk.wish_for([(one, queries.standing_of(one)) for one in found], choice, day=day)
        asked = approvals.ask_once(wish=wish)
        approvals.decide(approval_id=asked.id, member_id=approver.id, is_granted=True)
        answers = decide_all(asked.id)

    assert all(answer.is_resolved for answer in answers)
    assert {one.approved_by for one in Decision.objects.all()} == {str(approver.user)}


def test_a_selection_of_two_kinds_is_refused_whole(books: Books) -> None:
    [short] = short_by(books, 100)
    other = papers.a_deviation(books.merchant)

    with pytest.raises(bulk.KindsDiffer):
        bulk.decide_many(exception_ids=[short.id, other.id], choice=Choice("note"), role="owner", now=books.now)

    assert len(exceptions()) == 2


def test_a_fee_above_the_contract_is_claimed_and_no_cost_any_more(books: Books) -> None:
    a_fee_contract(books.account)
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(10_000, sale.reference, fee=200)]))
    books.reconcile()
    found = Deviation.objects.get(kind="fee")
    fees = f"{books.account.id}:transactions"
    assert ledger.balance("fees", subject=fees) == {"EUR": 200}

    with pytest.raises(services.WayNotOffered):
        decide(books, found, "write_off")
    decide(books, found, "claim")

    assert ledger.balance("fees", subject=fees) == {"EUR": 165}
    assert ledger.balance("claims", subject=str(books.account.id)) == {"EUR": 35}


def test_nothing_is_proposed_for_a_bank_line_that_may_be_anything(books: Books) -> None:
    books.take_statement(statement([Entry(-90000, "Rent November"), Entry(25000, "Loan")]))
    books.reconcile()
    accountant = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id), role="accountant"))

    for found in Deviation.objects.filter(kind="unexplained_bank_line"):
        assert [way.name for way in ways_of(queries.standing_of(found)) if way.is_proposed] == []
        page = accountant.get(f"/reconciliation/exceptions/{found.id}/").content.decode()
        form = page.split('aria-labelledby="resolve"')[1].split("</form>")[0]
        assert (
            'value="book"' in form and " checked" not in form and " selected" not in form and "Suggested." not in form
        )

    assert Deviation.objects.filter(kind="unexplained_bank_line", status="open").count() == 2


def test_several_bank_lines_are_decided_about_without_a_look_at_payments(books: Books) -> None:
    books.take_statement(statement([Entry(-90000, "Rent November"), Entry(-1500, "Account fee")]))
    books.reconcile()
    ids = list(Deviation.objects.filter(kind="unexplained_bank_line").values_list("id", flat=True))

    with CaptureQueriesContext(connection) as asked:
        answers = bulk.decide_many(exception_ids=ids, choice=Choice("note", "Seen"), role="owner", now=books.now)

    assert [answer.is_resolved for answer in answers] == [True, True]
    assert not [query["sql"] for query in asked if "payment_stage" in query["sql"]]


def test_booking_without_an_account_is_refused_and_books_nothing(books: Books) -> None:
    books.take_statement(statement([Entry(-90000, "Rent November")]))
    books.reconcile()
    found = Deviation.objects.get(kind="unexplained_bank_line")
    accountant = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id), role="owner"))
    journals = Journal.objects.count()

    answer = accountant.post(
        f"/reconciliation/exceptions/{found.id}/",
        {"resolution": "book", "account": "", "version": f"open:{found.amount_minor}", "idempotency_key": "k"},
    )

    assert "choose the account it is booked to" in answer.content.decode()
    found.refresh_from_db()
    assert (found.status, Journal.objects.count(), Match.objects.count()) == ("open", journals, 0)


def test_a_deposit_that_came_short_is_booked_as_over_and_short_unless_another_account_is_chosen() -> None:
    found = Deviation(kind="short_deposit", amount_minor=-500, currency="EUR", suggestions=[])
    standing = Standing("short_deposit", -500, "EUR", "cash_in_transit")

    [book] = [option for option in options_of(found, standing, today=date(2026, 11, 21)) if option.value == "book"]

    assert book.is_suggested
    assert [choice.value for choice in book.accounts if choice.is_selected] == ["over_short"]


def test_a_bank_line_booked_by_hand_is_matched_with_nothing_else_and_free_again_when_undone(books: Books) -> None:
    books.take_statement(statement([Entry(-1500, "ACCOUNT FEE NOVEMBER")]))
    books.reconcile()
    found = Deviation.objects.get(kind="unexplained_bank_line")

    decide(books, found, "book", account="fees")
    books.reconcile()

    assert ledger.balance("bank", subject=str(books.bank.id)) == {"EUR": -1500}
    assert (exceptions(), Match.objects.filter(undone_at=None).count()) == ([], 1)
    services.undo(exception_id=found.id, note="", now=books.now)
    assert ledger.balance("bank", subject=str(books.bank.id)) == {}
    assert Match.objects.filter(undone_at=None).count() == 0
    books.reconcile()
    assert [kind for kind, _, _ in exceptions()] == ["unexplained_bank_line"]


def test_somebody_has_it_until_a_day_and_what_waits_is_out_of_sight_until_its_day(books: Books) -> None:
    [found] = short_by(books, 100)
    today = services.today_of(books.now)
    member = a_staff_member(books.merchant, role="accountant")

    passing_on.assign(exception_id=found.id, owner_id=member.id, due_on=today + timedelta(days=1), now=books.now)
    passing_on.wait_until(exception_id=found.id, day=today + timedelta(days=3), note="next report", now=books.now)

    def listed(day_offset: int, **wanted: Any) -> int:
        rows = Deviation.objects.filter(status="open")
        return queries.narrowed(rows, Wanted(**wanted), today=today + timedelta(days=day_offset)).count()

    assert [listed(days, is_waiting=False) for days in (0, 2, 3)] == [0, 0, 1]
    assert [listed(0, owner=one) for one in (member.id, "none")] == [1, 0]
    assert [listed(days, is_overdue=True) for days in (1, 2)] == [0, 1]
    assert [listed(7, age=bucket) for bucket in ("0-2", "3-7", "8-30", "30+")] == [0, 0, 1, 0]
    with pytest.raises(Invalid):
        passing_on.wait_until(exception_id=found.id, day=today, note="", now=books.now)


def test_every_act_is_in_the_audit(books: Books) -> None:
    [found] = short_by(books, 100)
    passing_on.add_note(exception_id=found.id, text="asked them", now=books.now)
    decide(books, found, "note")
    services.undo(exception_id=found.id, note="", now=books.now)

    actions = AuditEntry.objects.filter(subject=f"exception:{found.id}").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["exception.noted", "exception.resolved", "exception.reopened"]
    assert reconciliation.reconcile(now=books.now).exceptions_changed == 0


def test_a_row_is_bound_by_hand_to_what_was_suggested_and_loose_again_when_taken_back(books: Books) -> None:
    sale = an_authorised_payment(books.account, minor=4_200)
    books.take_report(report([Row(4_100, "misspelt")]))
    books.reconcile()
    found = Deviation.objects.get(kind="not_ours")

    choice = Choice("link", "the reference was misspelt", partner=sale.reference)
    decision = services.decide(exception_id=found.id, choice=choice, role="accountant", now=books.now)

    assert Match.objects.get(operation_id=sale.id, undone_at=None).rule == "by_hand"
    assert exceptions() == [("amount", sale.reference, -100)]
    clearing_proves_itself(books)
    services.undo(exception_id=found.id, note="no", now=books.now)
    books.reconcile()
    assert not Match.objects.filter(operation_id=sale.id, undone_at=None).exists()
    assert ("not_ours", found.reference, 4_100) in exceptions()
    decision.refresh_from_db()
    assert decision.undone_at is not None
    clearing_proves_itself(books)


def test_nothing_is_bound_to_what_nobody_named(books: Books) -> None:
    books.take_report(report([Row(4_100, "misspelt")]))
    books.reconcile()

    with pytest.raises(Invalid):
        services.decide(
            exception_id=Deviation.objects.get().id,
            choice=Choice("link", partner="nobody"),
            role="owner",
            now=books.now,
        )

    assert [kind for kind, _, _ in exceptions()] == ["not_ours"]


def test_the_two_sides_of_a_batch_differ_by_what_is_open_and_by_nothing_once_all_is_decided(books: Books) -> None:
    a_fee_contract(books.account, basis_points=0, fixed_minor=10)
    sales = [an_authorised_payment(books.account, minor=10_000) for _ in range(3)]
    rows = [
        Row(9_900, sales[0].reference, fee=10),
        Row(10_000, sales[1].reference, fee=40),
        Row(700, "nobody's", fee=0),
    ]
    books.take_report(report(rows))
    books.reconcile()
    file = ReportFile.objects.get()
    [before] = comparison.batch_figures(file)
    for found in Deviation.objects.filter(status="open", payout_id=None):
        decide(books, found, "note")

    [after] = comparison.batch_figures(file)

    assert (before.our_sales, before.their_sales) == (30_000, 20_600)
    assert (before.our_fees, before.their_fees) == (-20, -50)
    assert (before.matched_minor, before.excepted_minor) == (19_900, 700)
    assert before.their_net - before.our_net == -100 - 30 + 700 - 10_000
    assert (after.their_sales, after.their_fees) == (before.their_sales, before.their_fees)
    assert after.their_net - after.our_net == 0


def test_what_people_decide_is_neither_exact_nor_without_a_person(books: Books) -> None:
    sales = [an_authorised_payment(books.account, minor=10_000) for _ in range(5)]
    rows = [Row(10_000, sale.reference) for sale in sales[:3]]
    rows += [Row(9_900, sales[3].reference), Row(9_800, sales[4].reference), Row(700, "nobody's")]
    books.take_report(report(rows))
    books.reconcile()
    client = signed_in(a_staff_member(books.merchant, role="accountant"))

    def head() -> str:
        page = client.get(f"/reconciliation/?batch={ReportFile.objects.get().id}").content.decode()
        return re.sub(r"<[^>]*>|\s+", " ", page.split('id="recon-head"')[1].split("</section>")[0])

    before = head()
    for found in Deviation.objects.filter(status="open", kind__in=("amount", "not_ours")):
        decide(books, found, "note")
    after = head()
    books.reconcile()

    [rate] = re.findall(r"[\d.]+% without a person", before)
    assert rate in after
    assert "3 exact" in before and "3 exact" in after
    assert "by hand" not in before and "3 by hand" in after
    assert "Left out here: exceptions about amounts" in before
    assert head() == after


def test_the_notice_says_what_is_left_of_the_days_limit(books: Books) -> None:
    member = a_staff_member(books.merchant, role="accountant")
    first, second = short_by(books, 3_000, 1_000)
    with acting_for(books.merchant.id, Actor("staff", member.id, "Ada")):
        choice = Choice("write_off", "Agreed with the processor", "")
        services.decide(exception_id=first.id, choice=choice, role="accountant", now=business_now(books.merchant.id))
    page = signed_in(member).get(f"/reconciliation/exceptions/{second.id}/").content.decode()

    words = re.sub(r"<[^>]*>|\s+", " ", page)
    assert "€20.00 of your €50.00 a day are left." in words
    assert "data-send-key" in page, "the key is named as the reader's keyboard has it"


def test_what_a_batch_comes_to_is_told_over_rest(books: Books) -> None:
    short_by(books, 100)
    client = signed_in(a_staff_member(books.merchant, role="accountant"))

    [told] = client.get(f"/api/v1/settlement-reports/{ReportFile.objects.get().id}/reconciliation/").json()["data"]

    assert told["gross_minor"] == {"total": 9_900, "matched": 9_900, "exceptions": 0}
    assert told["net"] == {"ours_minor": 10_000, "theirs_minor": 9_900, "difference_minor": -100}


def test_many_small_decisions_of_one_person_are_closed_by_another_or_with_their_word(books: Books) -> None:
    asker, approver = (a_staff_member(books.merchant, role=role) for role in ("accountant", "manager"))
    found = short_by(books, 3_000, 3_000)
    file = ReportFile.objects.get()
    with acting_for(books.merchant.id, Actor("staff", asker.id, "Ada")):
        for days, one in enumerate(found):
            then = books.now + timedelta(days=days)
            services.decide(exception_id=one.id, choice=Choice("write_off"), role="accountant", now=then)
        with pytest.raises(ApprovalNeeded):
            closing.close_batch(report_id=file.id, role="accountant", now=books.now)
        batch = Batch(file.id, None)
        alone = closing.decided_alone(batch, day=books.now.date())
        assert (alone.minor, BatchClosing.objects.count()) == (6_000, 0)
        asked = approvals.ask_once(wish=closing.wish_for(batch, alone))
        approvals.decide(approval_id=asked.id, member_id=approver.id, is_granted=True)

        closing.close_batch(report_id=file.id, role="accountant", approval_id=asked.id, now=books.now)

    told = AuditEntry.objects.get(action="batch.closed")
    assert told.data["approved_by"] == str(approver.user)


def test_who_decided_nothing_of_it_closes_a_batch_alone(books: Books) -> None:
    [found] = short_by(books, 6_000)
    decide(books, found, "write_off")
    other = a_staff_member(books.merchant, role="accountant")

    with acting_for(books.merchant.id, Actor("staff", other.id, "Ada")):
        assert closing.close_batch(report_id=ReportFile.objects.get().id, role="accountant", now=books.now)


def test_a_statement_is_closed_on_its_page_once_nothing_of_it_is_open(books: Books) -> None:
    books.take_statement(statement([Entry(100, "nobody said why")]))
    books.reconcile()
    file = StatementFile.objects.get()
    client = signed_in(a_staff_member(books.merchant))
    address, close = f"/imports/statements/{file.id}/", f"/reconciliation/close/?statement={file.id}"

    before = client.get(address).content.decode()
    early = client.post(close, {"idempotency_key": "a"})
    assert (early.status_code, BatchClosing.objects.count()) == (302, 0)
    decide(books, Deviation.objects.get(), "note")
    ready = client.get(address).content.decode()
    assert client.post(close, {"idempotency_key": "b"}).status_code == 302

    assert ("Close the statement" in before, "Close the statement" in ready) == (False, True)
    assert BatchClosing.objects.get().statement_id == file.id
    after = client.get(address).content.decode()
    assert "Nothing of it is undone any more" in after and "Close the statement" not in after


def test_what_was_decided_together_is_taken_back_together(books: Books) -> None:
    found = short_by(books, 100, 200, 300)
    client = signed_in(a_staff_member(books.merchant))
    answers = bulk.decide_many(
        exception_ids=[one.id for one in found], choice=Choice("write_off"), role="owner", now=books.now
    )
    selection = {answer.selection_id for answer in answers}
    services.undo(exception_id=found[0].id, note="", now=books.now)
    address = f"/api/v1/reconciliation/exceptions/decisions/{answers[0].selection_id}/undo/"

    undone = client.post(address, {"note": "wrong"}, "application/json", headers={"Idempotency-Key": "u"})
    again = client.post(address, {"note": "wrong"}, "application/json", headers={"Idempotency-Key": "v"})

    assert len(selection) == 1
    assert [one["is_open"] for one in undone.json()["data"]] == [True, True]
    assert again.json()["data"] == []
    assert ledger.balance("write_off") == {}
    assert len(exceptions()) == 3
    clearing_proves_itself(books)


def test_of_a_selection_in_a_closed_batch_nothing_is_taken_back(books: Books) -> None:
    found = short_by(books, 100, 200)
    [answer, _] = bulk.decide_many(
        exception_ids=[one.id for one in found], choice=Choice("write_off"), role="owner", now=books.now
    )
    closing.close_batch(role="owner", report_id=ReportFile.objects.get().id, now=books.now)
    assert answer.selection_id is not None

    answers = bulk.undo_selection(selection_id=answer.selection_id, note="", now=books.now)

    assert [one.code for one in answers] == ["batch_closed", "batch_closed"]
    assert ledger.balance("write_off") == {"EUR": 300}
