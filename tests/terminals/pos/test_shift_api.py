"""The shift over REST, as a tablet works it and as people in the back office do; papers, pages, drawer's alarm and deposits."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from merchant.accounts import callers
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.core.clock import business_date, machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.reconciliation import services as reconciliation
from payments.reconciliation.models import BankAccount, Deposit, Deviation, StatementFile, StatementLine
from payments.vouchers import services as vouchers
from reports.overview.need_queries import list_needs
from reports.overview.queries import Narrowed
from terminals.pos import completing
from terminals.pos.shifts import drawer
from terminals.pos.shifts.handlers import watch
from terminals.pos.shifts.models import Closing, Count, Drawer, Shift
from terminals.pos.shifts.papers import prepare_closing
from tests.clients import signed_in, with_device
from tests.events import deliver_events
from tests.factories import a_device, a_staff_member
from tests.factories.counter import Counter

pytestmark = pytest.mark.django_db


class Tablet:
    """A tablet at a counter."""

    def __init__(self) -> None:
        self.counter = Counter()
        _, token = a_device(self.counter.shop.register)
        self.client = with_device(token)

    def post(self, path, body=None, *, key=None, client=None):
        return (client or self.client).post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=key or str(uuid4()),
        )

    def get(self, path, **params):
        return self.client.get(f"/api/v1/{path}", params)

    def difference_limit(self, minor):
        with self.counter.scope():
            drawer.set_rules(
                register_id=self.counter.shop.register.id, limit_minor=None, difference_limit_minor=minor, is_blind=True,
                now=machine_now(),
            )  # fmt: skip

    def close(self, shift_id, **changes):
        count = self.post(
            f"shifts/{shift_id}/counts/", {"loose_minor": self.counter.holds() + changes.pop("off", 0)}
        ).json()
        return self.post(f"shifts/{shift_id}/closings/", {"count_id": count["id"], **changes})


@pytest.fixture
def tablet(shared_cache, settings):
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    return Tablet()


def test_a_day_at_the_till_over_rest(tablet):
    member = a_staff_member(tablet.counter.shop.merchant, role="cashier")
    people = tablet.get("till/cashiers/").json()["results"]
    assert [person["member_id"] for person in people] == [str(member.id)]

    opened = tablet.post("shifts/", {"float_minor": 20_000, "member_id": str(member.id)})
    assert (opened.status_code, opened.json()["person"]) == (201, people[0]["name"])
    shift = opened.json()["id"]
    sku = tablet.counter.shop.variants[0].sku
    sale = tablet.post("sales/", {"lines": [{"article": sku, "quantity": 2}], "tendered_minor": 5_000}).json()
    assert sale["opens_drawer"] is True
    dropped = tablet.post(
        f"shifts/{shift}/movements/", {"kind": "safe_drop", "amount_minor": 10_000, "reason": "too full"}
    )
    assert (dropped.status_code, dropped.json()["amount_minor"]) == (201, -10_000)
    current = tablet.get("till/shift/").json()
    assert (current["shift"]["id"], current["denominations"][0], current["blockers"]) == (shift, 50_000, [])

    pieces = {"denominations": {"10000": 1, "1000": 2, "500": 1}}
    count = tablet.post(f"shifts/{shift}/counts/", pieces).json()
    assert (count["counted_minor"], count["expected_minor"], count["difference_minor"]) == (12_500, 12_500, 0)
    closed = tablet.post(f"shifts/{shift}/closings/", {"count_id": count["id"], "left_minor": 2_500})

    assert closed.status_code == 201, closed.content
    z = closed.json()
    assert (z["number"], z["sales_minor"], z["closing_cash_minor"]) == (1, 2_500, 2_500)
    assert tablet.get("till/shift/").json()["shift"] is None
    assert [row["id"] for row in tablet.get("closings/").json()["results"]] == [z["id"]]
    assert tablet.get(f"shifts/{shift}/").json()["closing_id"] == z["id"]
    assert [row["kind"] for row in tablet.get(f"shifts/{shift}/movements/").json()["results"]] == [
        "float",
        "safe_drop",
        "safe_drop",
    ]


def test_a_repeated_close_makes_one_z(tablet):
    shift = tablet.post("shifts/", {}).json()["id"]
    count = tablet.post(f"shifts/{shift}/counts/", {"loose_minor": 0}).json()["id"]

    first = tablet.post(f"shifts/{shift}/closings/", {"count_id": count}, key="one")
    second = tablet.post(f"shifts/{shift}/closings/", {"count_id": count}, key="one")
    other = tablet.post(f"shifts/{shift}/closings/", {"count_id": count}, key="two")

    assert second.content == first.content
    assert (other.status_code, other.json()["code"]) == (409, "shift_not_open")
    with tablet.counter.scope():
        assert Closing.objects.count() == 1


def test_a_count_of_nothing_is_refused_and_does_not_say_what_is_expected(tablet):
    shift = tablet.post("shifts/", {"float_minor": 700}).json()["id"]

    refused = [
        tablet.post(f"shifts/{shift}/counts/", body) for body in ({}, {"denominations": {}, "loose_minor": None})
    ]
    written = tablet.post(f"shifts/{shift}/counts/", {"denominations": {"500": 0}}).json()

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "nothing_counted")] * 2
    assert all("700" not in answer.content.decode() for answer in refused)
    assert (written["counted_minor"], written["expected_minor"]) == (0, 700)
    with tablet.counter.scope():
        assert Count.objects.count() == 1


def test_what_blocks_closing_is_answered_with_a_link_to_each(tablet):
    shift = tablet.post("shifts/", {}).json()["id"]
    sku = tablet.counter.shop.variants[0].sku
    order = tablet.post("till/orders/", {"lines": [{"article": sku}]}).json()

    refused = tablet.close(shift)

    assert (refused.status_code, refused.json()["code"]) == (409, "closing_blocked")
    [blocker] = refused.json()["data"]["blockers"]
    assert blocker["api_url"] == f"/api/v1/orders/{order['id']}/"
    with tablet.counter.scope():
        assert not Closing.objects.exists()


class TestApproval:
    PIN = "490317"

    @pytest.fixture
    def manager(self, tablet):
        member = a_staff_member(tablet.counter.shop.merchant, role="manager")
        with tablet.counter.scope():
            approvals.set_pin(member_id=member.id, pin=self.PIN)
        return member

    def granted(self, tablet, manager, needed, **changes):
        """Ask for what the refusal named, and let the manager type the PIN at the till."""
        asked = {name: needed["data"][name] for name in ("right", "subject", "amount", "store_id")} | changes
        approval = tablet.post("approvals/", {**asked, "reason": "counted twice"}).json()
        body = {"member_id": str(manager.id), "pin": self.PIN}
        assert tablet.post(f"approvals/{approval['id']}/pin-grants/", body).status_code == 200
        return approval["id"]

    def test_a_large_difference_is_accepted_with_a_managers_pin_and_the_z_says_by_whom(self, tablet, manager):
        shift = tablet.post("shifts/", {"float_minor": 1_000}).json()["id"]
        tablet.difference_limit(100)
        count = tablet.post(f"shifts/{shift}/counts/", {"loose_minor": 700}).json()["id"]
        asked = {"count_id": count, "reason": "robbed"}
        needed = tablet.post(f"shifts/{shift}/closings/", asked)
        assert (needed.status_code, needed.json()["code"]) == (403, "approval_needed")
        assert needed.json()["data"]["amount"] == {"amount_minor": 300, "currency": "EUR"}
        assert [one["has_pin"] for one in needed.json()["data"]["approvers"]] == [True]
        approval = self.granted(tablet, manager, needed.json())

        closed = tablet.post(f"shifts/{shift}/closings/", {**asked, "approval_id": approval})

        assert closed.status_code == 201, closed.content
        assert closed.json()["content"]["accepted_by"] == str(manager.user)
        assert str(manager.user) in tablet.get(f"closings/{closed.json()['id']}/z.html").content.decode()
        assert (tablet.counter.booked(), tablet.counter.booked("over_short")) == (0, 300)

    def test_an_approval_for_less_or_for_another_shift_does_not_do(self, tablet, manager):
        shift = tablet.post("shifts/", {"float_minor": 1_000}).json()["id"]
        tablet.difference_limit(100)
        count = tablet.post(f"shifts/{shift}/counts/", {"loose_minor": 700}).json()["id"]
        asked = {"count_id": count, "reason": "robbed"}
        needed = tablet.post(f"shifts/{shift}/closings/", asked).json()
        less = self.granted(tablet, manager, needed, amount={"amount_minor": 299, "currency": "EUR"})
        other = self.granted(tablet, manager, needed, subject=f"shift:{uuid4()}")

        answers = [
            tablet.post(f"shifts/{shift}/closings/", {**asked, "approval_id": approval}).json()["code"]
            for approval in (less, other, str(uuid4()))
        ]

        assert answers == ["approval_needed"] * 3
        assert (tablet.counter.booked(), tablet.counter.booked("over_short")) == (1_000, 0)

    def test_leaving_an_order_open_is_accepted_apart_from_a_difference(self, tablet, manager):
        shift = tablet.post("shifts/", {}).json()["id"]
        tablet.difference_limit(100)
        tablet.post("till/orders/", {"lines": [{"article": tablet.counter.shop.variants[0].sku}]})
        count = tablet.post(f"shifts/{shift}/counts/", {"loose_minor": 300}).json()["id"]
        asked = {"count_id": count, "reason": "found", "leaves_orders": True}
        needed = tablet.post(f"shifts/{shift}/closings/", asked).json()
        difference_only = self.granted(tablet, manager, needed, subject=f"shift:{shift}")
        refused = tablet.post(f"shifts/{shift}/closings/", {**asked, "approval_id": difference_only})
        assert refused.json()["code"] == "approval_needed"

        both = self.granted(tablet, manager, needed)
        closed = tablet.post(f"shifts/{shift}/closings/", {**asked, "approval_id": both})

        assert closed.status_code == 201, closed.content
        assert len(closed.json()["content"]["left_open"]) == 1

    def test_a_hand_over_with_a_large_difference_needs_one_too(self, tablet, manager):
        shift = tablet.post("shifts/", {}).json()["id"]
        tablet.difference_limit(0)
        count = tablet.post(f"shifts/{shift}/counts/", {"loose_minor": 1}).json()["id"]
        asked = {"count_id": count, "reason": "found", "to_member_id": str(manager.id)}
        needed = tablet.post(f"shifts/{shift}/hand-overs/", asked)
        assert needed.status_code == 403
        with tablet.counter.scope():
            assert Shift.objects.get().status == "open"

        approval = self.granted(tablet, manager, needed.json())

        assert tablet.post(f"shifts/{shift}/hand-overs/", {**asked, "approval_id": approval}).status_code == 201


def test_a_blind_count_hides_the_x_from_the_till_and_shows_it_to_a_manager(tablet):
    shift = tablet.post("shifts/", {"float_minor": 700}).json()["id"]
    manager = signed_in(a_staff_member(tablet.counter.shop.merchant, role="manager"))

    hidden = tablet.get(f"shifts/{shift}/x-report/")
    shown = manager.get(f"/api/v1/shifts/{shift}/x-report/")

    assert (hidden.status_code, hidden.json()["code"]) == (403, "approval_needed")
    assert shown.json()["expected_cash_minor"] == 700
    with tablet.counter.scope():
        Drawer.objects.update(is_blind=False)
    assert tablet.get(f"shifts/{shift}/x-report/").json()["expected_cash_minor"] == 700
    assert tablet.get(f"shifts/{shift}/x.pdf").content.startswith(b"%PDF")


class TestABlindDrawersX:
    """A manager's PIN shows it at the till, once."""

    def ask(self, tablet, shift):
        needed = tablet.get(f"shifts/{shift}/x.html").json()["data"]
        body = {key: needed[key] for key in ("right", "subject", "store_id")} | {"amount": None, "reason": "X report"}
        return tablet.post("approvals/", body).json()["id"], needed

    def manager(self, tablet):
        manager = a_staff_member(tablet.counter.shop.merchant, role="manager")
        with tablet.counter.scope():
            approvals.set_pin(member_id=manager.id, pin="274913")
        return manager

    def test_a_pin_shows_one_look_and_no_more(self, tablet):
        shift = tablet.post("shifts/", {"float_minor": 700}).json()["id"]
        manager = self.manager(tablet)
        approval, needed = self.ask(tablet, shift)
        path = f"shifts/{shift}/x.html?approval_id={approval}"
        before = tablet.get(path)

        granted = tablet.post(f"approvals/{approval}/pin-grants/", {"member_id": str(manager.id), "pin": "274913"})
        first, second = tablet.get(path), tablet.get(path)

        assert [row["has_pin"] for row in needed["approvers"] if row["id"] == str(manager.id)] == [True]
        assert (granted.status_code, before.status_code, first.status_code, second.status_code) == (200, 403, 200, 403)
        assert b"7.00" in first.content

    def test_an_approval_of_another_shift_or_of_its_end_shows_nothing(self, tablet):
        shift = tablet.post("shifts/", {"float_minor": 700}).json()["id"]
        manager = self.manager(tablet)
        _approval, needed = self.ask(tablet, shift)
        for subject in (f"shift:{shift}", f"x_report:{uuid4()}"):
            body = {
                "right": needed["right"],
                "subject": subject,
                "store_id": needed["store_id"],
                "reason": "X",
                "amount": None,
            }
            approval = tablet.post("approvals/", body).json()["id"]
            tablet.post(f"approvals/{approval}/pin-grants/", {"member_id": str(manager.id), "pin": "274913"})

            answer = tablet.get(f"shifts/{shift}/x-report/?approval_id={approval}")

            assert (answer.status_code, answer.json()["code"]) == (403, "approval_needed")
            assert "expected_cash_minor" not in answer.json()

    def test_somebody_else_without_the_right_is_told_that_it_is_blind(self, tablet):
        shift = tablet.post("shifts/", {}).json()["id"]
        cashier = signed_in(a_staff_member(tablet.counter.shop.merchant, role="cashier"))

        answer = cashier.get(f"/api/v1/shifts/{shift}/x-report/")
        no_id = tablet.get(f"shifts/{shift}/x-report/?approval_id=nonsense")

        assert (answer.status_code, answer.json()["code"]) == (403, "count_is_blind")
        assert (no_id.status_code, no_id.json()["code"]) == (400, "invalid_request")


def test_another_tills_shift_is_not_found(tablet):
    other = Tablet()
    shift = other.post("shifts/", {}).json()["id"]

    answer = tablet.post(f"shifts/{shift}/movements/", {"kind": "paid_in", "amount_minor": 5, "reason": "x"})

    assert answer.status_code == 404
    assert other.counter.booked() == 0


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "no_sale", "amount_minor": 5, "reason": "x"},
        {"kind": "paid_in", "reason": "x"},
        {"kind": "over_short", "amount_minor": 5, "reason": "x"},
        {"kind": "paid_in", "amount_minor": 5, "reason": ""},
        {"kind": "paid_in", "amount_minor": -5, "reason": "x"},
    ],
)
def test_a_movement_without_sense_is_refused_and_moves_nothing(tablet, body):
    shift = tablet.post("shifts/", {"float_minor": 100}).json()["id"]

    answer = tablet.post(f"shifts/{shift}/movements/", body)

    assert (answer.status_code, tablet.counter.booked()) == (400, 100)


def test_a_z_is_read_as_page_pdf_and_printer_bytes(tablet):
    shift = tablet.post("shifts/", {"float_minor": 1_000}).json()["id"]
    tablet.counter.sell(2, 1)
    z = tablet.close(shift, off=-20, reason="a coin rolled away").json()

    page = tablet.get(f"closings/{z['id']}/z.html")
    pdf = tablet.get(f"closings/{z['id']}/z.pdf", paper="a4")
    printer = tablet.get(f"closings/{z['id']}/z.escpos")

    text = page.content.decode()
    assert "Z report" in text and "37.50" in text and "a coin rolled away" in text and z["digest"][:32] in text
    assert "/r/" not in text
    with tablet.counter.scope():
        paper = prepare_closing(Closing.objects.get())
    [drawer_rows] = [rows for heading, rows in paper.sections if heading == "Drawer"]
    assert [(row.left, row.right) for row in drawer_rows] == [
        ("In the drawer before", "0.00"), ("Cash, net", "37.50"), ("Float", "10.00"), ("Expected", "47.50"), ("Counted", "47.30"),
        ("Difference", "−0.20"), ("To the safe", "−47.30"), ("Stays in the drawer", "0.00"),
    ]  # fmt: skip
    assert pdf.content.startswith(b"%PDF")
    assert b"Z report" in printer.content and b"37.50" in printer.content
    assert b"\x1bp" not in printer.content


def test_the_drawer_tells_when_it_holds_too_much_and_when_it_is_emptied(tablet, monkeypatch):
    told = []
    monkeypatch.setattr(
        "terminals.pos.shifts.live.screens.push", lambda merchant, topic, **what: told.append((topic, what["event"]))
    )
    shift = tablet.post("shifts/", {"float_minor": 1_000}).json()["id"]
    with tablet.counter.scope():
        drawer.set_rules(
            register_id=tablet.counter.shop.register.id,
            limit_minor=3_000,
            difference_limit_minor=None,
            is_blind=True,
            now=machine_now(),
        )
    monkeypatch.setattr(watch, "_looked_at", {})
    told.clear()

    tablet.counter.sell(2)
    deliver_events()
    watch.look()

    topic = f"register:{tablet.counter.shop.register.id}"
    alarm = [event for to, event in told if to == topic and event["kind"] == "drawer.over_limit"]
    assert [(event["holds_minor"], event["limit_minor"]) for event in alarm] == [(3_500, 3_000)]
    with tablet.counter.scope():
        needs = list_needs(Narrowed(), rights=frozenset({"shift.read"}), today=machine_now().date(), now=machine_now())
    assert [(need["kind"], need["minor"]) for need in needs] == [("drawer_over_limit", 3_500)]

    tablet.post(f"shifts/{shift}/movements/", {"kind": "safe_drop", "amount_minor": 2_000, "reason": "full"})

    assert "drawer.within_limit" in [event["kind"] for to, event in told if to == topic]
    with tablet.counter.scope():
        assert Drawer.objects.get().over_limit_since is None


class TestDeposits:
    @pytest.fixture
    def sent(self, tablet):
        answer = tablet.post("deposits/", {"amount_minor": 50_000, "currency": "EUR", "reference": "BAG-20881"})
        assert answer.status_code == 201, answer.content
        self.tablet = tablet
        return answer.json()

    def bank(self, minor, text, *, day=None):
        merchant = self.tablet.counter.shop.merchant
        now = machine_now()
        today = business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
        with acting_for(merchant.id):
            account = BankAccount.objects.get_or_create(
                name="Main", currency="EUR", defaults={"iban": b"x", "hint": "3000"}
            )[0]
            file = StatementFile.objects.create(
                bank_account=account,
                name="s",
                sha256=uuid4().hex * 2,
                size_bytes=1,
                received_at=now,
                covers_until=today,
            )
            StatementLine.objects.create(
                statement=file, bank_account=account, line_key=uuid4().hex, amount_minor=minor, currency="EUR",
                booked_on=day or today, text=text,
            )  # fmt: skip
            return reconciliation.reconcile(now=now)

    def exceptions(self):
        with self.tablet.counter.scope():
            return sorted(Deviation.objects.filter(status="open").values_list("kind", "amount_minor"))

    def test_what_is_sent_is_in_transit(self, sent):
        with self.tablet.counter.scope():
            assert ledger.balance("cash_in_transit") == {"EUR": 50_000}
            assert ledger.balance("cash_safe", subject=str(self.tablet.counter.shop.store.id)) == {"EUR": -50_000}

    def test_the_bank_line_with_its_reference_brings_it(self, sent):
        result = self.bank(50_000, "CASH DEPOSIT bag-20881 SPARBANK")

        assert (result.deposits_matched, self.exceptions()) == (1, [])
        with self.tablet.counter.scope():
            assert ledger.balance("cash_in_transit") == {}
            assert list(ledger.balance("bank").values()) == [50_000]
            assert Deposit.objects.get().status == "in_bank"

    def test_the_bank_counting_less_is_an_exception_of_the_difference(self, sent):
        self.bank(49_500, "BAG-20881")

        assert self.exceptions() == [("short_deposit", -500)]
        with self.tablet.counter.scope():
            assert ledger.balance("cash_in_transit") == {"EUR": 500}
            assert Deposit.objects.get().status == "short"

    def test_without_a_reference_one_line_of_its_amount_brings_it(self, sent):
        self.bank(50_000, "EINZAHLUNG")

        with self.tablet.counter.scope():
            assert Deposit.objects.get().status == "in_bank"

    def test_two_deposits_of_one_amount_are_never_guessed(self, sent):
        self.tablet.post("deposits/", {"amount_minor": 50_000, "currency": "EUR", "reference": "BAG-20882"})

        self.bank(50_000, "EINZAHLUNG")

        with self.tablet.counter.scope():
            assert set(Deposit.objects.values_list("status", flat=True)) == {"in_transit"}
        assert self.exceptions() == [("unexplained_bank_line", 50_000)]

    def test_a_second_run_changes_nothing(self, sent):
        self.bank(50_000, "BAG-20881")
        with self.tablet.counter.scope():
            again = reconciliation.reconcile(now=machine_now())

        assert again.deposits_matched == 0
        with self.tablet.counter.scope():
            assert ledger.balance("cash_in_transit") == {}

    def test_a_reference_is_used_once(self, sent):
        answer = self.tablet.post("deposits/", {"amount_minor": 1, "currency": "EUR", "reference": "BAG-20881"})

        assert (answer.status_code, answer.json()["code"]) == (409, "deposit_reference_taken")
        with self.tablet.counter.scope():
            assert Deposit.objects.count() == 1
            assert ledger.balance("cash_in_transit") == {"EUR": 50_000}


class TestPages:
    @pytest.fixture
    def manager(self, tablet):
        return signed_in(a_staff_member(tablet.counter.shop.merchant, role="manager"))

    def form(self, **fields):
        return {"idempotency_key": str(uuid4()), **fields}

    def test_a_manager_opens_counts_and_closes_on_pages(self, tablet, manager):
        register = tablet.counter.shop.register
        opened = manager.post("/day-close/open/", self.form(place=str(register.id), amount="200.00"))
        assert opened.status_code == 302, opened.content
        shift = opened["Location"]
        tablet.counter.sell(1)
        moved = manager.post(f"{shift}movements/", self.form(kind="paid_out", amount="2,50", why="milk"))
        assert moved.status_code == 302, moved.content
        assert manager.post(f"{shift}count/", self.form(piece_20000="1", piece_1000="1")).status_code == 302
        page = manager.get(shift).content.decode()
        with tablet.counter.scope():
            [shift_row] = Shift.objects.all()
            count = shift_row.counts.get()
        assert str(count.id) in page and "milk" in page

        closed = manager.post(f"{shift}close/", self.form(count_id=str(count.id), left="50.00"))

        assert closed.status_code == 302, closed.content
        z = manager.get(closed["Location"]).content.decode()
        assert "Z " in z and "12.50" in z
        listed = manager.get("/day-close/").content.decode()
        assert f"{register.name}-1" in listed
        assert manager.get(f"{closed['Location']}z.pdf").content.startswith(b"%PDF")

    def test_a_refused_close_says_why_on_the_page(self, tablet, manager):
        shift = tablet.counter.open(0)
        count = tablet.counter.count(shift, off_minor=5)

        page = manager.post(f"/day-close/shifts/{shift.id}/close/", self.form(count_id=str(count.id), left="0"))

        assert page.status_code == 422
        assert "not what should be in the drawer" in page.content.decode()
        assert tablet.counter.booked("over_short") == 0

    def test_what_nobody_wrote_is_asked_for_before_a_count_a_float_or_what_stays(self, tablet, manager):
        place = str(tablet.counter.shop.register.id)
        assert manager.post("/day-close/open/", self.form(place=place, amount="")).status_code == 400
        with tablet.counter.scope():
            assert not Shift.objects.exists()
        shift = tablet.counter.open(500)

        count = manager.post(f"/day-close/shifts/{shift.id}/count/", self.form(piece_20000="", loose=" "))
        with tablet.counter.scope():
            assert not Count.objects.exists()
        fields = {"count_id": str(tablet.counter.count(shift).id), "left": ""}
        closed = manager.post(f"/day-close/shifts/{shift.id}/close/", self.form(**fields))

        assert (count.status_code, "0 if it is empty" in count.content.decode()) == (422, True)
        assert (closed.status_code, "0 if there is none" in closed.content.decode()) == (400, True)
        with tablet.counter.scope():
            assert not Closing.objects.exists()

    def test_a_cashiers_press_asks_a_manager_and_goes_through_once_accepted(self, tablet, manager):
        cashier = signed_in(a_staff_member(tablet.counter.shop.merchant, role="cashier"))
        shift = tablet.counter.open(0)
        tablet.difference_limit(100)
        fields = {"count_id": str(tablet.counter.count(shift, off_minor=500).id), "reason": "found", "left": "1.00"}

        asked = [cashier.post(f"/day-close/shifts/{shift.id}/close/", self.form(**fields)) for _ in range(2)]

        assert "Press again once somebody has accepted it" in asked[0].content.decode()
        assert 'value="found"' in asked[0].content.decode()
        with tablet.counter.scope():
            [approval] = Approval.objects.all()
            assert not Closing.objects.exists()
        waits = manager.get("/approvals/").content.decode()
        assert f"/day-close/shifts/{shift.id}/" in waits
        assert manager.post(f"/approvals/{approval.id}/grant/", self.form()).status_code == 302

        closed = cashier.post(f"/day-close/shifts/{shift.id}/close/", self.form(**fields))

        assert closed.status_code == 302, closed.content
        with tablet.counter.scope():
            z = Closing.objects.get()
            assert (z.counted_cash_minor, z.closing_cash_minor) == (500, 100)
            assert z.content["accepted_by"] == str(Approval.objects.get().decided_by.user)
        assert z.content["accepted_by"] in cashier.get(closed["Location"]).content.decode()

    def test_pressed_twice_or_in_two_tabs_a_shift_is_closed_once(self, tablet, manager):
        shift = tablet.counter.open(700)
        url = f"/day-close/shifts/{shift.id}/close/"
        fields = {"count_id": str(tablet.counter.count(shift).id), "left": "7.00"}
        first_tab, second_tab = self.form(**fields), self.form(**fields)

        first, again, other = (manager.post(url, form) for form in (first_tab, first_tab, second_tab))

        assert (first.status_code, again.status_code) == (302, 302)
        assert first["Location"] == again["Location"]
        assert other.status_code == 409
        assert "This shift is closed" in other.content.decode()
        with tablet.counter.scope():
            assert Closing.objects.count() == 1

    def test_a_tab_that_counted_before_the_last_sale_has_to_count_again(self, tablet, manager):
        shift = tablet.counter.open(0)
        fields = {"count_id": str(tablet.counter.count(shift).id), "left": "0"}
        tablet.counter.sell(1)

        page = manager.post(f"/day-close/shifts/{shift.id}/close/", self.form(**fields))

        assert (page.status_code, "moved after it was counted" in page.content.decode()) == (409, True)
        with tablet.counter.scope():
            assert not Closing.objects.exists()

    def test_slips_of_other_tenders_are_counted_beside_what_was_taken(self, tablet, manager):
        shift = tablet.counter.open(0)
        order = tablet.counter.begin(1)
        with tablet.counter.scope():
            voucher = vouchers.issue(amount=Money(2_000, "EUR"), source="test:1", now=machine_now())
            completing.take_voucher(
                order_id=order.id, register=tablet.counter.facts, amount=Money(1_250, "EUR"), code=voucher[1],
                now=machine_now(),
            )  # fmt: skip
        assert "slips_gift_card" in manager.get(f"/day-close/shifts/{shift.id}/").content.decode()

        manager.post(f"/day-close/shifts/{shift.id}/count/", self.form(loose="0", slips_gift_card="12,00"))
        with tablet.counter.scope():
            count = Count.objects.get()
        closed = manager.post(f"/day-close/shifts/{shift.id}/close/", self.form(count_id=str(count.id), left="0"))

        assert count.tenders == {"gift_card": 1_200}
        assert "−" in manager.get(closed["Location"]).content.decode()
        with tablet.counter.scope():
            paper = prepare_closing(Closing.objects.get())
        slips = [row for _, rows in paper.sections for row in rows if row.left == "Counted Gift card"]
        assert [(row.right, row.note) for row in slips] == [("12.00", "Difference −0.50")]

    def test_a_tills_rules_and_training_are_set_on_its_page_by_who_may(self, tablet, manager):
        register = tablet.counter.shop.register
        url = f"/day-close/tills/{register.id}/"
        rules = {"limit": "500", "difference_limit": "0", "is_blind": "on"}
        cashier = signed_in(a_staff_member(tablet.counter.shop.merchant, role="cashier"))
        assert cashier.post(f"{url}rules/", self.form(**rules)).status_code == 403
        assert cashier.post(f"{url}training/", self.form(is_training="on")).status_code == 403

        assert manager.post(f"{url}rules/", self.form(**rules)).status_code == 302
        assert manager.post(f"{url}training/", self.form(is_training="on")).status_code == 302

        with tablet.counter.scope():
            found = Drawer.objects.get()
            assert (found.limit_minor, found.difference_limit_minor, found.is_blind) == (50_000, 0, True)
        callers.forget()
        assert tablet.get("me/").json()["register"]["is_training"] is True
        page = manager.get(url).content.decode()
        assert 'value="500.00"' in page and "End the training" in page
        assert manager.post(f"{url}training/", self.form()).status_code == 302
        tablet.counter.open(0)
        refused = manager.post(f"{url}training/", self.form(is_training="on"))
        assert (refused.status_code, "A shift is open" in refused.content.decode()) == (409, True)

    def test_a_shift_is_handed_over_on_its_page(self, tablet, manager):
        following = a_staff_member(tablet.counter.shop.merchant, role="cashier")
        shift = tablet.counter.open(300)
        fields = {"count_id": str(tablet.counter.count(shift).id)}
        url = f"/day-close/shifts/{shift.id}/hand-over/"
        assert manager.post(url, self.form(to=str(uuid4()), **fields)).status_code == 400

        answer = manager.post(url, self.form(to=str(following.id), **fields))

        assert answer.status_code == 302, answer.content
        with tablet.counter.scope():
            assert list(Shift.objects.order_by("id").values_list("status", "person", "float_minor")) == [
                ("handed_over", "Lea", 300),
                ("open", str(following.user), 0),
            ]

    def test_a_deposit_is_sent_from_its_form(self, tablet, manager):
        answer = manager.post(
            "/day-close/deposits/new/",
            self.form(place=str(tablet.counter.shop.store.id), amount="100", reference="BAG-777"),
        )

        assert answer.status_code == 302, answer.content
        assert "BAG-777" in manager.get("/day-close/").content.decode()
