"""Forms of the back office that are refused: the field that is wrong is marked and says why, what was typed stays, and nothing is stored."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from inventory.receiving.models import Delivery, Transfer
from merchant.accounts import callers
from merchant.core.pages import frame
from merchant.core.tenancy import acting_for
from reports.exports.models import ExportFile, ExportSchedule
from terminals.devices.configuration import SETTINGS
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    callers.forget()
    frame.forget()
    return a_shop()


@pytest.fixture
def browser(shop):
    return signed_in(a_staff_member(shop.merchant))


def marked(browser, path, **fields):
    """What a form marks when it is sent: field by name -> what stands beside it."""
    answer = browser.post(path, {"idempotency_key": str(uuid4()), **fields})
    page = answer.text
    assert 400 <= answer.status_code < 500
    tags = [tag for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page) if 'aria-invalid="true"' in tag]
    found = {}
    for tag in tags:
        name, error = re.search(r'name="([^"]+)"', tag)[1], re.search(r'aria-describedby="(error-\S+?)[" ]', tag)[1]
        found[name] = re.sub(r"<[^>]+>", "", page.split(f'id="{error}">')[1].split("</span>")[0]).strip()
        assert f'href="#field-{name}"' in page or f'id="field-{name}"' in page
    return found, page


def test_an_export_whose_days_cannot_be_marks_the_day_and_keeps_the_filters(shop, browser):
    wrong, page = marked(
        browser, "/exports/", subject="payments", format="xlsx", day_from="2026-11-20", day_to="soon", status="captured"
    )

    assert wrong == {"day_to": "A day is written as 2026-11-22."}
    assert ('value="2026-11-20"' in page, '<option value="xlsx" selected>' in page) == (True, True)
    assert re.search(r'type="hidden" name="status" value="captured"', page)
    with acting_for(shop.merchant.id):
        assert not ExportFile.objects.exists()


def test_an_export_of_nothing_marks_what_is_to_be_chosen(shop, browser):
    assert marked(browser, "/exports/", subject="weather")[0] == {"subject": "Choose what to export."}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "", "delivery": "keep"}, {"name": "Fill this in."}),
        ({"name": "Daily", "delivery": "mail", "recipient": "nobody"}, {"recipient": "Mail needs an address."}),
        ({"name": "Taken", "delivery": "keep"}, {"name": "There is a schedule called Taken already."}),
    ],
)
def test_a_schedule_that_cannot_be_marks_its_field(shop, browser, fields, wrong):
    form = {"kind": "payments", "shape": "csv", "period": "day"}
    taken = {**form, "name": "Taken", "delivery": "keep", "idempotency_key": str(uuid4())}
    assert browser.post("/exports/schedules/new/", taken).status_code == 302

    assert marked(browser, "/exports/schedules/new/", **form, **fields)[0] == wrong

    with acting_for(shop.merchant.id):
        assert ExportSchedule.objects.count() == 1


def test_goods_that_are_announced_wrongly_mark_the_articles(shop, browser):
    store = str(shop.store.id)

    empty, _page = marked(browser, "/stock/deliveries/new/", store=store, lines=" ")
    unknown, page = marked(browser, "/stock/deliveries/new/", store=store, note="Potter", lines="NONE-1 2")

    assert (empty, unknown) == ({"lines": "Fill this in."}, {"lines": "There is no article NONE-1."})
    assert ("NONE-1 2</textarea>" in page, 'value="Potter"' in page) == (True, True)
    with acting_for(shop.merchant.id):
        assert not Delivery.objects.exists()


def test_a_transfer_to_the_same_store_marks_where_to(shop, browser):
    a_store(shop.merchant)
    store = str(shop.store.id)

    wrong, page = marked(
        browser, "/stock/transfers/new/", store=store, store_to=store, lines=f"{shop.variants[0].sku} 1"
    )

    assert wrong == {"store_to": "Goods go from one store to another one."}
    assert page.count(f'<option value="{store}" selected>') == 2
    with acting_for(shop.merchant.id):
        assert not Transfer.objects.exists()


def test_a_scan_marks_the_article_or_the_pieces(shop, browser):
    lines = {"store": str(shop.store.id), "lines": f"{shop.variants[0].sku} 2"}
    url = browser.post("/stock/deliveries/new/", {"idempotency_key": str(uuid4()), **lines}).url

    article, _page = marked(browser, f"{url}receive/", article="NONE-1", quantity="1")
    pieces, _page = marked(browser, f"{url}receive/", article=shop.variants[0].sku, quantity="1", damaged="x")

    assert article == {"article": "There is no article NONE-1."}
    assert pieces == {"damaged": "Write pieces as whole numbers."}


def test_a_rule_of_one_level_marks_the_value_that_cannot_be(shop, browser):
    wrong, page = marked(browser, "/settings/offline/", sale_cash_max_minor="75.00", device_sales_max="many")

    assert list(wrong) == ["device_sales_max"] and wrong["device_sales_max"].startswith("A whole number from")
    assert 'value="many"' in page and 'href="#field-device_sales_max"' in page


def test_a_setting_of_terminals_marks_the_value_that_cannot_be(shop, browser):

    name = next(name for name, setting in SETTINGS.items() if setting.kind == "number")

    wrong, page = marked(browser, "/terminals/settings/", **{name: "many"})

    assert wrong == {name: "This is not a number."}
    assert f'href="#field-{name}"' in page
