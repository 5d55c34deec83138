"""The form of an exception: who comes too late is told so, who asked a second person hears the answer, and what was typed stays."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.core.outbox import screens
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from merchant.merchants.models import Merchant
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench import one_exception
from payments.reconciliation.workbench import queries as bench_queries
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment, papers
from tests.payments.books import Books
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db
TOO_LATE = (
    "This exception is resolved and needs nothing.",
    "Your decision was not taken, and nothing was booked by it.",
    "Look at how it was resolved. A decision can be undone until its batch is closed.",
)


@pytest.fixture
def accountant(merchant: Merchant) -> Client:
    return signed_in(a_staff_member(merchant, role="accountant"))


def resolve(client: Client, found: Deviation, *, key: str, **fields: str) -> Any:
    sent = {"resolution": "note", "version": f"open:{found.amount_minor}", "idempotency_key": key}
    return client.post(f"/reconciliation/exceptions/{found.id}/", sent | fields)


def page_of(client: Client, found: Deviation) -> str:
    return client.get(f"/reconciliation/exceptions/{found.id}/").content.decode()


def refusal(answer: Any) -> tuple[str, ...]:
    """The sentences that have the focus when the page opens."""
    page = answer.content.decode()
    said = page.split('role="alert"')[1].split("</div>")[0] if 'role="alert"' in page else ""
    return tuple(html.unescape(sentence) for sentence in re.findall(r"<p>(.*?)</p>", said))


def form_opens_with(page: str) -> tuple[list[str], str]:
    """The way that is chosen in the form, and the note in it."""
    ways = [
        match[1]
        for match in re.finditer(r'<input type="radio".*?value="(\w+)"([^>]*)>', page, re.DOTALL)
        if "checked" in match[2]
    ]
    [note] = re.findall(r'id="recon-note"\s+name="note"\s+value="([^"]*)"', page)
    return ways, html.unescape(note)


def of_amount(merchant: Merchant, minor: int) -> Deviation:
    found = papers.a_deviation(merchant)
    with acting_for(merchant.id):
        Deviation.objects.filter(id=found.id).update(amount_minor=minor)
    found.amount_minor = minor
    return found


@pytest.mark.parametrize("way", ["note", "write_off", "wait", "link"])
@pytest.mark.parametrize("who", ["the same person", "another"])
def test_who_comes_too_late_is_told_so_and_decides_nothing(
    merchant: Merchant, accountant: Client, way: str, who: str
) -> None:
    found = papers.a_deviation(merchant)
    late = accountant if who == "the same person" else signed_in(a_staff_member(merchant, role="owner"))
    assert resolve(accountant, found, key="first", resolution="write_off", note="the first").status_code == 302
    with acting_for(merchant.id):
        before = Journal.objects.count()

    answer = resolve(late, found, key="second", resolution=way, note="the second", until="2030-01-01")

    assert (answer.status_code, refusal(answer)) == (409, TOO_LATE)
    with acting_for(merchant.id):
        [decision] = Decision.objects.all()
        assert (decision.way, decision.note, Journal.objects.count()) == ("write_off", "the first", before)


def test_a_selection_that_was_decided_meanwhile_says_so_of_each_and_decides_nothing(
    merchant: Merchant, accountant: Client
) -> None:
    found = papers.a_deviation(merchant)
    resolve(accountant, found, key="first", note="the first")
    accountant.get("/reconciliation/")
    fields = {"selected": [str(found.id)], "resolution": "write_off", "idempotency_key": "many"}

    page = accountant.post("/reconciliation/exceptions/decide/", fields, follow=True).content.decode()

    said = re.findall(r'<p class="notice (\w+)">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert said[:2] == [("warn", "0 resolved."), ("warn", f"PO1: {TOO_LATE[0]}")]
    with acting_for(merchant.id):
        assert [one.note for one in Decision.objects.all()] == ["the first"]


def test_a_page_that_draws_a_part_of_itself_anew_takes_no_message_from_the_page_it_is_for(
    merchant: Merchant, accountant: Client
) -> None:
    found = papers.a_deviation(merchant)
    fields = {"selected": [str(found.id)], "resolution": "write_off", "idempotency_key": "many"}
    accountant.post("/reconciliation/exceptions/decide/", fields)

    drawn_anew = accountant.get("/reconciliation/", headers={"HX-Request": "true"}).content.decode()
    page = accountant.get("/reconciliation/").content.decode()

    assert ("1 resolved." in drawn_anew, "1 resolved." in page) == (False, True)


def test_an_amount_that_changed_is_told_and_what_was_typed_stays(merchant: Merchant, accountant: Client) -> None:
    found = papers.a_deviation(merchant)

    answer = resolve(accountant, found, key="a", version="open:1", resolution="write_off", note='the "first" month')

    assert answer.status_code == 409
    assert refusal(answer)[0] == "The amount of this exception changed while the form was open."
    assert form_opens_with(answer.content.decode()) == (["write_off"], 'the "first" month')
    with acting_for(merchant.id):
        assert not Decision.objects.exists()


def test_what_was_asked_for_stays_in_the_form_and_is_what_is_sent_once_the_second_person_agrees(
    merchant: Merchant, accountant: Client
) -> None:
    found = of_amount(merchant, -99_900)
    manager = a_staff_member(merchant, role="manager")
    back = f"/reconciliation/?exception={found.id}"

    asked = resolve(accountant, found, key="ask", resolution="book", account="fx", note="the bank's rate", back=back)
    waiting = accountant.get(back).content.decode()

    assert asked["Location"] == back
    assert form_opens_with(waiting) == (["book"], "the bank's rate")
    assert '<option value="fx" selected>' in waiting
    with acting_for(merchant.id):
        [approval] = Approval.objects.all()
        approvals.decide(approval_id=approval.id, member_id=manager.id, is_granted=True)
        assert not Decision.objects.exists()
    [way], note = form_opens_with(accountant.get(back).content.decode())
    resolve(accountant, found, key="send", resolution=way, account="fx", note=note)
    with acting_for(merchant.id):
        [decision] = Decision.objects.all()
        assert (decision.way, decision.account, decision.note) == ("book", "fx", "the bank's rate")
        assert decision.approved_by == str(manager.user)


@pytest.mark.parametrize(("is_granted", "said"), [(True, "agrees."), (False, "refused.")])
def test_the_page_of_who_asked_hears_the_answer(
    merchant: Merchant, accountant: Client, monkeypatch: pytest.MonkeyPatch, is_granted: bool, said: str
) -> None:
    found = of_amount(merchant, -99_900)
    manager = a_staff_member(merchant, role="manager")
    resolve(accountant, found, key="ask", resolution="write_off", note="gone")
    pages = [page_of(accountant, found), accountant.get(f"/reconciliation/?exception={found.id}").content.decode()]
    told: list[str] = []
    monkeypatch.setattr(screens, "push", lambda _merchant, topic, **_words: told.append(topic))

    with acting_for(merchant.id):
        [approval] = Approval.objects.all()
        approvals.decide(approval_id=approval.id, member_id=manager.id, is_granted=is_granted)

    for page in pages:
        [topics] = re.findall(r'data-live-topics="([^"]*)"', page)
        assert set(topics.split()) & set(told)
        # Asked for again by its id, and by no other exception's.
        [asked_again] = re.findall(r"hx-select(?:-oob)?=\"[^\"]*(#recon-limit-[0-9a-f-]+)", page)
        assert asked_again == f"#recon-limit-{found.id}"
    notice = page_of(accountant, found).split(f'id="recon-limit-{found.id}"')[1].split("</div>")[0]
    assert f"{manager.user} {said}" in notice


def test_a_way_that_was_refused_is_not_chosen_again_by_itself(merchant: Merchant, accountant: Client) -> None:
    found = of_amount(merchant, -99_900)
    manager = a_staff_member(merchant, role="manager")
    before = form_opens_with(page_of(accountant, found))
    resolve(accountant, found, key="ask", resolution="write_off", note="gone")

    with acting_for(merchant.id):
        [approval] = Approval.objects.all()
        approvals.decide(approval_id=approval.id, member_id=manager.id, is_granted=False)

    assert form_opens_with(page_of(accountant, found)) == before == (["wait"], "")


def test_what_another_person_asked_for_is_not_in_my_form(merchant: Merchant, accountant: Client) -> None:
    found = of_amount(merchant, -99_900)
    resolve(accountant, found, key="ask", resolution="write_off", note="gone")

    other = page_of(signed_in(a_staff_member(merchant, role="accountant")), found)

    assert form_opens_with(other) == (["wait"], "")


def relations(found: Deviation) -> dict[str, str]:
    return {field.label: field.relation for field in one_exception._fields(found, bench_queries.exception_facts(found))}


def test_only_what_differs_is_marked_whatever_each_side_calls_it(books: Books) -> None:
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(9_900, sale.reference)]))
    books.reconcile()

    marked = relations(Deviation.objects.get(kind="amount"))

    assert (marked["Amount"], marked["Our reference"], marked["What"]) == ("differs", "equal", "equal")


def test_money_given_back_where_we_took_some_is_not_the_same(books: Books) -> None:
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(10_000, sale.reference), Row(-500, sale.reference, type="refund")]))
    books.reconcile()
    found = Deviation.objects.get(amount_minor=-500)
    assert found.operation_id is not None

    assert relations(found)["What"] == "differs"
