"""A till in training looks like the real thing and leaves nothing anywhere: not one row outside its own table."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps

from merchant.accounts import access, callers
from merchant.accounts.routes import ROUTES
from merchant.core import db
from merchant.core.callers import SIGNED_IN, TillInTraining
from merchant.core.clock import machine_now
from merchant.ledger import queries as ledger
from merchant.merchants.models import Register
from reports.exports.formats.base import Narrowed
from reports.exports.formats.registry import FORMATS
from terminals.pos.shifts import services as shifts
from terminals.pos.training import services as training
from terminals.pos.training.models import TrainingSale
from terminals.pos.training.services import ShiftStillOpen
from tests.clients import signed_in, with_device
from tests.events import deliver_events
from tests.factories import a_device, a_staff_member
from tests.factories.counter import LEA, Counter
from tests.factories.objects import BODIES
from tests.routes import list_routes

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
# What may gain rows while somebody practises: the practised sale itself, and that an answer was given once.
MAY_GROW = {"till_training_sale", "core_stored_answer"}


class Tablet:
    """A tablet at a till that a manager put into training."""

    def __init__(self) -> None:
        self.counter = Counter()
        _, token = a_device(self.counter.shop.register)
        self.client = with_device(token)
        self.sku = self.counter.shop.variants[0].sku

    def switch(self, is_training):
        with self.counter.scope():
            training.switch(register_id=self.counter.shop.register.id, is_training=is_training, now=machine_now())
        callers.forget()

    def post(self, path, body):
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
        )

    def sell(self, **changes):
        return self.post("sales/", {"lines": [{"article": self.sku, "quantity": 2}], "tendered_minor": 3_000} | changes)

    def practise_everything(self):
        """A sale, an order changed and paid by three tenders, a return, a refund, and every paper."""
        sale = self.sell().json()
        order = self.post("till/orders/", {"lines": [{"article": self.sku, "quantity": 4}]}).json()
        changed = self.post(
            f"orders/{order['id']}/lines/", {"lines": [{"article": self.sku, "quantity": 3}], "version": 1}
        )
        assert changed.status_code == 200, changed.content
        paid = [
            self.post(
                f"orders/{order['id']}/payments/",
                {"method": method, "amount": {"amount_minor": 1_250, "currency": "EUR"}, "code": "GC"},
            )
            for method in ("cash", "gift_card", "card_present")
        ]
        assert [answer.status_code for answer in paid] == [201, 201, 202]
        operation = self.client.get(f"/api/v1/operations/{paid[2].json()['id']}/")
        assert (operation.status_code, operation.json()["status"]) == (200, "succeeded")
        line = sale["order"]["lines"][0]["id"]
        back = self.post(
            f"orders/{sale['order']['id']}/returns/", {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"}
        )
        assert (back.status_code, back.json()["total"]["amount_minor"]) == (201, 1_250)
        refund = self.post(
            f"payments/{sale['payment_id']}/refunds/",
            {"amount": {"amount_minor": 100, "currency": "EUR"}, "reason": "x"},
        )
        assert refund.status_code == 202, refund.content
        for kind in ("html", "pdf", "escpos"):
            assert self.client.get(f"/api/v1/till/training/{sale['order']['id']}/receipt.{kind}").status_code == 200
        return sale


@pytest.fixture
def tablet(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    return Tablet()


@pytest.fixture
def learner(tablet):
    tablet.switch(True)
    return tablet


def rows_of_tables():
    return {
        model._meta.db_table: db.rows(f'SELECT count(*) FROM "{model._meta.db_table}"')[0][0]
        for model in apps.get_models(include_auto_created=True)
    }


def test_practising_leaves_no_row_in_any_other_table_and_changes_none(learner):
    before = rows_of_tables()
    with learner.counter.scope():
        register = Register.objects.values().get(id=learner.counter.shop.register.id)
        stock = db.rows("SELECT * FROM stock_level ORDER BY id")

    learner.practise_everything()
    deliver_events()

    after = rows_of_tables()
    assert {table for table in after if after[table] != before[table]} == MAY_GROW
    with learner.counter.scope():
        assert TrainingSale.objects.count() == 2
        assert Register.objects.values().get(id=learner.counter.shop.register.id) == register
        assert db.rows("SELECT * FROM stock_level ORDER BY id") == stock


def test_every_list_and_page_says_the_same_with_practised_sales(learner):
    """Each route without an id that reads, over REST and as a page, and each export: with practised sales there is not one row more."""
    merchant = learner.counter.shop.merchant
    owner = signed_in(a_staff_member(merchant, role="owner"))
    routes = [
        route.address() for route in list_routes()
        if (route.is_rest or route.is_page) and "GET" in route.methods and not route.ids
    ]  # fmt: skip
    assert len(routes) > 25
    sale = learner.practise_everything()
    told = [sale["order"]["id"], sale["order"]["number"], sale["payment_id"]]

    for address in routes:
        for query in ("", f"?q={sale['order']['number']}"):
            answer = owner.get(f"{address}{query}")
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = body.decode(errors="replace").replace(f'value="{sale["order"]["number"]}"', "")
            found = [word for word in told if word in text and not (query and word == sale["order"]["number"])]
            assert found == [], f"{address}{query} shows a practised sale"


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_an_export_has_no_practised_row(learner, kind):
    learner.practise_everything()
    with learner.counter.scope():
        rows = FORMATS[kind].build(Narrowed({}))

        assert rows_of_a_practice(rows) == []


def rows_of_a_practice(rows):
    """What an export holds beside that the register was switched, which is a fact of its own."""
    told = next((column.sql for column in rows.columns if column.name == "action"), "''")
    found = db.rows(f"SELECT {told} {rows.source}", rows.parameters)
    return [action for (action,) in found if not action.startswith("register.training_")]


def test_a_z_after_training_counts_no_practised_sale(learner):
    learner.practise_everything()
    learner.switch(False)

    shift = learner.counter.open(0)
    real = learner.sell()
    closing = learner.counter.close(shift)

    assert (real.status_code, real.json()["receipt"]["number"]) == (201, 1)
    assert (closing.sales_minor, closing.receipts_until, closing.expected_cash_minor) == (2_500, 1, 2_500)


def test_only_its_own_slice_knows_the_table():
    """No query, SQL or import outside the training slice names the table: what nobody reads nobody can count."""
    knows = []
    for app in ("merchant", "inventory", "orders", "payments", "terminals", "reports"):
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" in path.parts or path.parent.name == "training":
                continue
            text = path.read_text()
            # Only a file with the word in it is worth reading as Python: nine hundred others took five seconds.
            is_named = "TrainingSale" in text and any(
                "TrainingSale" in (getattr(node, "id", None), getattr(node, "name", None))
                for node in ast.walk(ast.parse(text))
            )
            if "till_training_sale" in text or is_named:
                knows.append(str(path.relative_to(ROOT)))

    # The index of the app's tables, which Django needs.
    assert knows == ["terminals/models.py"]


def test_a_practised_sale_is_marked_on_screen_and_paper_and_the_drawer_stays_shut(learner):
    sale = learner.sell().json()

    assert (sale["training"], sale["opens_drawer"], sale["receipt"]["number"]) == (True, False, "T-1")
    page = learner.client.get(sale["receipt"]["html_url"]).content.decode()
    printed = learner.client.get(sale["receipt"]["escpos_url"]).content
    assert page.count("TRAINING, NO SALE") >= 3 and "watermark" in page and "/r/" not in page
    assert printed.count(b"TRAINING, NO SALE") == 2 and b"\x1bp" not in printed
    assert learner.client.get("/api/v1/me/").json()["register"]["is_training"] is True


def test_practised_sales_have_numbers_of_their_own(learner):
    numbers = [learner.sell().json()["receipt"]["number"] for _ in range(3)]
    learner.switch(False)

    assert numbers == ["T-1", "T-2", "T-3"]
    assert learner.sell().json()["receipt"]["number"] == 1


def test_a_real_order_is_not_found_by_a_till_in_training_and_the_other_way_round(tablet):
    order = tablet.post("till/orders/", {"lines": [{"article": tablet.sku}]}).json()
    body = {"method": "cash", "amount": {"amount_minor": 1_250, "currency": "EUR"}}
    tablet.switch(True)
    practised = tablet.post("till/orders/", {"lines": [{"article": tablet.sku}]}).json()
    refused = tablet.post(f"orders/{order['id']}/payments/", body)
    tablet.switch(False)
    refused_too = tablet.post(f"orders/{practised['id']}/payments/", body)

    assert (refused.status_code, refused_too.status_code) == (404, 404)
    with tablet.counter.scope():
        assert ledger.balance("cash_register") == {}


@pytest.mark.parametrize("is_training", [False, True])
def test_a_tablet_that_shows_another_mode_sells_and_practises_nothing(tablet, is_training):
    tablet.switch(is_training)

    answer = tablet.sell(training=not is_training)

    assert (answer.status_code, answer.json()["code"]) == (409, "training_differs")
    with tablet.counter.scope():
        assert not TrainingSale.objects.exists()
        assert ledger.balance("cash_register") == {}


@pytest.mark.parametrize("change", [{"tendered_minor": 2_499}, {"total_minor": 1}])
def test_what_a_real_sale_refuses_practice_refuses_and_keeps_nothing(learner, change):
    answer = learner.sell(**change)

    assert (answer.status_code, answer.json()["code"]) == (422, "practice_refused")
    with learner.counter.scope():
        assert not TrainingSale.objects.exists()


def test_a_till_in_training_writes_nowhere_but_where_it_practises(learner):
    """Each route that writes and that a tablet may call: whoever adds one is asked here whether it practises."""
    before = rows_of_tables()
    practises = []
    for route in list_routes():
        for method, right in ROUTES.get(route.name, {}).items():
            if method == "GET" or not route.is_rest or right not in access.REGISTER_RIGHTS | {SIGNED_IN}:
                continue
            if route.view.practises:
                practises.append(route.name)
                continue
            ids = {name: uuid4() if name.endswith("id") else "x" for name in route.ids}
            body = json.dumps(BODIES.get(route.name, {}))
            answer = learner.client.generic(
                method, route.address(**ids), body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
            )
            if answer.status_code != 401:
                assert (answer.status_code, answer.json()["code"]) == (409, "till_in_training"), route.name

    assert sorted(practises) == [
        "accounts:socket-ticket-create",
        "pos:order-begin",
        "pos:order-complete",
        "pos:order-discount-remove",
        "pos:order-discounts",
        "pos:order-lines",
        "pos:order-payment-create",
        "pos:order-return-create",
        "pos:order-splits",
        "pos:payment-refund-create",
        "pos:sale-create",
    ]
    assert rows_of_tables() == before


@pytest.mark.parametrize("change", [{"gift_cards": [{"amount_minor": 500}]}, {"coupon": "SUMMER"}])
def test_what_cannot_be_practised_is_refused_and_leaves_nothing(learner, change):
    answer = learner.post("till/orders/", {"lines": [{"article": learner.sku}]} | change)

    assert (answer.status_code, answer.json()["code"]) == (422, "practice_refused")
    with learner.counter.scope():
        assert not TrainingSale.objects.exists()


def test_training_begins_and_ends_only_while_no_shift_is_open(tablet):
    shift = tablet.counter.open(0)

    with pytest.raises(ShiftStillOpen):
        tablet.switch(True)

    tablet.counter.close(shift)
    tablet.switch(True)
    with tablet.counter.scope(), pytest.raises(TillInTraining):
        shifts.open_shift(register=tablet.counter.facts, float_minor=0, person=LEA, now=machine_now())


def test_a_cashiers_tablet_cannot_switch_training(tablet):
    register = tablet.counter.shop.register
    answer = tablet.client.put(
        f"/api/v1/registers/{register.id}/training/", json.dumps({"is_training": True}), content_type="application/json"
    )

    assert answer.status_code == 403
    with tablet.counter.scope():
        assert Register.objects.get(id=register.id).is_training is False
