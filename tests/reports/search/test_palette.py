"""⌘K: what was pasted is found first, nobody finds what they may not see, and one step needs no scan."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve
from django.utils import translation

from merchant.core.pages.frame import RAIL_RIGHTS
from merchant.core.pages.shell import NAVIGATION
from merchant.core.tenancy import acting_for
from merchant.merchants.settings_pages import SETTINGS_PAGES
from orders.order.models import Order
from payments.records.models import Payment
from reports.help.guides import SLUGS
from reports.kpis.definitions import REPORTS
from reports.search import places
from tests.clients import signed_in
from tests.factories import a_staff_member, a_store
from tests.factories.goods import a_customer
from tests.factories.papers import a_payout
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import offline, put, sell

pytestmark = pytest.mark.django_db
STATEMENTS_MAX = 8


def first_hit(client, text):
    page = client.get("/search/palette/", {"q": text}).content.decode()
    return page.partition('href="')[2].partition('"')[0]


def paid_with(shop, last4, minor):
    """A payment with the card that ends so."""
    sale = shop.sell(1)
    with acting_for(shop.merchant.id):
        Payment.objects.filter(id=sale.payment_id).update(
            card_last4=last4, amount_minor=minor, gateway_reference=f"ch_{last4}"
        )
    return f"/payments/{sale.payment_id}/"


def test_what_was_pasted_comes_first(shop, owner):
    sale = shop.sell(1)
    order = f"/orders/{sale.order.id}/"
    card = paid_with(shop, "4242", 86_40)
    paid_with(shop, "4242", 12_50)
    payout = a_payout(shop.merchant)

    assert first_hit(owner, sale.order.number.lower()) == order
    assert first_hit(owner, f" #{sale.order.number[:5]}"[1:].lstrip("#")) == order
    assert first_hit(owner, str(sale.payment_id)) == f"/payments/{sale.payment_id}/"
    assert first_hit(owner, "•4242 86,40") == card
    assert first_hit(owner, "4242 €86.40") == card
    assert first_hit(owner, "86.40") == card
    assert first_hit(owner, "ch_4242").startswith("/payments/")
    assert first_hit(owner, payout.reference) == f"/payouts/{payout.id}/"
    assert first_hit(owner, "refund nobody ever asked for") == "/search/?q=refund+nobody+ever+asked+for"


def test_a_receipt_is_found_by_what_is_printed_on_it(shop, owner):
    sale = shop.sell(1)
    shop.sell(1)

    assert first_hit(owner, f"{shop.register.name}-1") == f"/orders/{sale.order.id}/"
    assert owner.get("/search/", {"q": f"{shop.register.name}-1"})["Location"] == f"/orders/{sale.order.id}/"


def test_a_receipt_that_the_books_know_by_another_number_is_found_by_the_printed_one_too():
    counter = Counter()
    put(counter, "offline-rules", is_allowed=True)
    taken = sell(counter)["order"]["id"]
    landed = offline(counter, 1250, receipt_number=1).json()
    till = counter.left.register.name

    hits = signed_in(a_staff_member(counter.merchant, role="owner")).get("/search/palette/", {"q": f"{till}-1"})

    assert (landed["receipt"]["number"], landed["receipt"]["printed_number"]) == (2, 1)
    found = set(re.findall(r'href="/orders/([0-9a-f-]{36})/', hits.content.decode()))
    assert found == {taken, landed["order"]["id"]}


def test_an_address_finds_its_orders_in_any_case(shop, owner):
    sale = shop.sell(1)
    with acting_for(shop.merchant.id):
        Order.objects.filter(id=sale.order.id).update(email="Ines@example.com")

    assert first_hit(owner, "ines@EXAMPLE.com") == f"/orders/{sale.order.id}/"


def test_a_customer_is_found_by_name_and_address_and_whole_only_by_who_sees_them_masked(shop, owner):
    kim = f"/customers/{a_customer(shop.merchant, email='kim@example.com').id}/"
    support = signed_in(a_staff_member(shop.merchant, role="support"))

    assert first_hit(owner, "Kim@example.com") == first_hit(owner, "lind") == kim
    assert first_hit(support, "kim lind") == kim
    assert kim not in support.get("/search/palette/", {"q": "lin"}).content.decode()
    assert "kim@example.com" not in support.get("/search/palette/", {"q": "kim lind"}).content.decode()


def test_pages_and_acts_are_found_by_any_of_their_words_and_only_by_who_may_go_there(shop, owner):
    cashier = signed_in(a_staff_member(shop.merchant, role="cashier"))

    assert first_hit(owner, "tele order") == "/orders/new/"
    assert "/reconciliation/exceptions/" in owner.get("/search/palette/", {"q": "except"}).content.decode()
    assert "/reconciliation/" not in cashier.get("/search/palette/").content.decode()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("key fig", "/reports/kpis/"),
        ("kpi", "/reports/kpis/"),
        ("z report", "/day-close/"),
        ("tax per", "/reports/tax/"),
        ("refunds", "/reports/refunds/"),
        ("discount limits", "/settings/discounts/"),
        ("financial year", "/accounting/settings/"),
        ("returns", "/help/returns/"),
        ("stock", "/stock/"),
    ],
)
def test_pages_of_reports_settings_and_guides_are_found_by_their_words(shop, owner, text, url):
    assert f'href="{url}"' in owner.get("/search/palette/", {"q": text}).content.decode()


def test_pages_are_found_in_the_language_of_who_looks(shop, owner):
    with translation.override("de"):
        label = str(next(place.label for place in places.list_pages() if place.url == "/reports/tax/"))

    found = owner.get("/search/palette/", {"q": label}, headers={"Accept-Language": "de"}).content.decode()

    assert label != "Tax per rate" and 'href="/reports/tax/"' in found


def test_every_entry_of_the_rail_of_the_reports_and_of_the_settings_has_a_name_to_go_by():
    known = {place.url for place in places.list_pages()}

    assert {
        path for _title, entries in NAVIGATION for key, _label, _icon, path in entries if key in RAIL_RIGHTS
    } <= known
    assert {f"/reports/{name}/" for name in REPORTS} <= known
    assert {entry.url for group in SETTINGS_PAGES for entry in group.entries} <= known
    assert {f"/help/{slug}/" for slug in SLUGS} <= known


def test_nobody_finds_what_belongs_to_another_store(shop):
    sale, card = shop.sell(1), paid_with(shop, "4242", 86_40)
    client = signed_in(a_staff_member(shop.merchant, role="manager", stores=[a_store(shop.merchant, name="Uppsala")]))

    texts = (sale.order.number, str(sale.payment_id), "4242", "86.40", f"{shop.register.name}-1", str(sale.order.id))
    pages = [client.get("/search/palette/", {"q": text}).content.decode() for text in texts]

    assert not [page for page in pages if "/orders/0" in page or "/payments/0" in page or card in page]


@pytest.mark.parametrize("text", ["ABCD1234", "4242", "4242 12.50", "12.50", "kim@example.com", "Till 1-1", "orders"])
def test_a_question_costs_few_statements(shop, owner, text):
    shop.sell(1)
    owner.get("/search/palette/", {"q": text})

    with CaptureQueriesContext(connection) as captured:
        assert owner.get("/search/palette/", {"q": text}).status_code == 200

    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) <= STATEMENTS_MAX


def test_every_place_has_a_page():
    dead = []
    for place in (*places.ACTS, *places.list_pages()):
        try:
            resolve(place.url.split("?")[0])
        except Resolver404:
            dead.append(place.url)

    assert dead == []
