"""Every figure of Home opens rows that come to it; currencies keep their decimals and are never added; the night the clocks change is one business day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import unescape

import pytest

from merchant.core.clock import business_date, business_now, move_business_clock
from merchant.core.pages import frame
from merchant.core.tenancy import acting_for
from merchant.ledger import rates
from payments.gateways.models import GatewayAccount
from payments.records.models import Payment, Stage
from reports.overview import queries
from tests.clients import signed_in
from tests.factories import a_channel, a_shop, a_staff_member, a_store
from tests.factories.merchants import FOUNDED_AT
from tests.factories.orders import a_gateway_account
from tests.factories.settled import a_placed_order, a_refund, an_authorised_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    frame.forget()
    queries.forget()


def plain(html: str) -> str:
    """Text as a person reads it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def today_of(merchant) -> date:
    return business_date(business_now(merchant.id), zone=merchant.zone, cutoff=merchant.day_cutoff)


def opened(client, url: str) -> str:
    answer = client.get(unescape(url))
    assert answer.status_code == 200, (url, answer.content[:300])
    return answer.content.decode()


def sums_of(client, url: str) -> dict[str, dict[str, str]]:
    """What a list of payments comes to, per currency, in the words of its totals."""
    html = opened(client, url)
    lines = re.findall(r'<dl aria-label="(\w{3})">(.*?)</dl>', html[html.index('id="totals"') :], re.S)
    pairs = r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>"
    return {currency: {plain(dt): plain(dd) for dt, dd in re.findall(pairs, line, re.S)} for currency, line in lines}


def totals_of(client, url: str) -> dict[str, str]:
    """What a report says of the facts behind a figure."""
    html = opened(client, url)
    stats = re.findall(r'<dl class="stats">(.*?)</dl>', html, re.S)
    return {
        plain(dt): plain(dd) for dt, dd in re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", "".join(stats), re.S)
    }


@pytest.fixture
def shop():
    """A day of cash in a store, cards in the webshop, a refund, a decline and a payment that is only authorised."""
    shop = a_shop()
    today = today_of(shop.merchant)
    account, webshop = a_gateway_account(shop.merchant, name="Nordpay"), a_channel(shop.merchant)

    def by_card(minor: int, **changes):
        order = a_placed_order(shop.merchant, minor=minor, channel=webshop, day=today)
        return an_authorised_payment(account, minor=minor, day=today, order=order, **changes)

    shop.sell(1)
    shop.sell(2, 1)
    a_refund(by_card(10_000), minor=2_550, day=today)
    by_card(4_000, captures_at_once=False)
    by_card(800, answer={"status": "declined", "decline_code": "insufficient_funds"})
    a_store(shop.merchant, name="Uppsala")
    return shop


def test_check_26_each_figure_of_home_opens_the_rows_that_come_to_it(shop):
    owner = signed_in(a_staff_member(shop.merchant))
    home = opened(owner, "/")

    [(url, takings)] = re.findall(r'<p class="big">\s*<a href="([^"]+)">(.*?)</a>', home, re.S)
    assert plain(takings) == sums_of(owner, url)["EUR"]["Net taken"] == "€164.50"
    stats = {
        plain(dt): (url, plain(dd))
        for dt, url, dd in re.findall(r'<dt>([^<]+)</dt>\s*<dd[^>]*>\s*<a href="([^"]+)">(.*?)</a>', home, re.S)
    }
    assert stats["Refunded"][1] == sums_of(owner, stats["Refunded"][0])["EUR"]["Refunded"].lstrip("\u2212") == "€25.50"
    assert stats["Orders paid"][1] == totals_of(owner, stats["Orders paid"][0])["Orders"] == "4"
    assert stats["Average order"][1] == totals_of(owner, stats["Average order"][0])["Average order"] == "€47.50"

    bars = re.findall(
        r'<span class="swatch"></span>\s*<a href="([^"]+)">.*?</svg>(.*?)<span class="num hint', home, re.S
    )
    assert {plain(amount) for _url, amount in bars} == {"€50.00", "€114.50"}
    boxes = re.findall(r'<span class="sum">\s*<a href="([^"]+)">(.*?)</a>', home, re.S)
    assert [plain(amount) for _url, amount in boxes][:2] == ["€40.00", "€74.50"]
    for url, amount in bars:
        assert plain(amount) == sums_of(owner, url)["EUR"]["Net taken"]
    for url, amount in boxes:
        sums = sums_of(owner, url).get("EUR", {"Captured": "€0.00", "Refunded": "€0.00", "Taken": "€0.00"})
        taken = minor(sums["Taken"] if "status=authorised" in url else sums["Captured"]) - minor(sums["Refunded"])
        assert minor(amount) == taken, url


def minor(text: str) -> int:
    return int(re.sub(r"\D", "", plain(text)))


def test_check_26_of_a_short_payout_only_the_difference_is_outside_and_both_lists_say_so(shop):
    account, today = a_gateway_account(shop.merchant), today_of(shop.merchant)
    stages = {1000: ("paid_out", 0), 2000: ("short", 37), 3000: ("short", 0), 5000: ("reconciled", 0)}
    with acting_for(shop.id):
        for amount, (stage, missing) in stages.items():
            paid = an_authorised_payment(account, minor=amount, day=today).payment_id
            Stage.objects.create(payment_id=paid, settled_minor=amount, money_stage=stage, missing_minor=missing)
    owner = signed_in(a_staff_member(shop.merchant))

    boxes = re.findall(r'<span class="sum">\s*<a href="([^"]+)">(.*?)</a>', opened(owner, "/"), re.S)
    outside, inside = boxes[3], boxes[4]

    assert plain(outside[1]) == sums_of(owner, outside[0])["EUR"]["Not in the bank"] == "€10.37"
    assert plain(inside[1]) == sums_of(owner, inside[0])["EUR"]["In the bank"] == "€99.63"
    assert sums_of(owner, outside[0])["EUR"]["Payments"] == sums_of(owner, inside[0])["EUR"]["Payments"] == "3"
    assert sums_of(owner, "/payments/?money_stage=short&totals=1")["EUR"]["Missing of short payouts"] == "€0.37"


def test_check_26_what_was_settled_short_is_with_the_processor_and_each_list_says_so(shop):
    account, today = a_gateway_account(shop.merchant), today_of(shop.merchant)
    # What was taken, its stage, and of it what a report settled short and a payout did not bring.
    stages = [(1000, "taken", 0, 0), (1100, "settled", 100, 0), (2000, "short", 250, 37), (5000, "reconciled", 30, 0)]
    with acting_for(shop.id):
        for amount, stage, unsettled, missing in stages:
            paid = an_authorised_payment(account, minor=amount, day=today).payment_id
            Stage.objects.create(
                payment_id=paid,
                settled_minor=amount - unsettled,
                money_stage=stage,
                missing_minor=missing,
                unsettled_minor=unsettled,
            )
    owner = signed_in(a_staff_member(shop.merchant))

    boxes = re.findall(r'<span class="sum">\s*<a href="([^"]+)">(.*?)</a>', opened(owner, "/"), re.S)
    _authorised, owed, settled, outside, inside = boxes

    # Beside these four payments one of 100.00 less a refund of 25.50 is taken and no more.
    assert plain(owed[1]) == sums_of(owner, owed[0])["EUR"]["With the processor"] == "€88.30"
    assert plain(settled[1]) == sums_of(owner, settled[0])["EUR"]["Not paid out"] == "€10.00"
    assert plain(outside[1]) == sums_of(owner, outside[0])["EUR"]["Not in the bank"] == "€0.37"
    assert plain(inside[1]) == sums_of(owner, inside[0])["EUR"]["In the bank"] == "€66.83"
    assert [sums_of(owner, url)["EUR"]["Payments"] for url, _amount in (owed, settled, outside, inside)] == [
        "5",
        "1",
        "1",
        "2",
    ]
    # 74.50 and 91.00 in all.
    assert sum(minor(amount) for _url, amount in (owed, settled, outside, inside)) == 16550


def test_check_26_rows_of_stores_and_gateways_open_what_they_say(shop):
    owner = signed_in(a_staff_member(shop.merchant))
    home = opened(owner, "/")

    rows = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th>(.*?)</tr>', home, re.S)
    stores = {name: (url, re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)) for url, name, cells in rows}
    assert {name: plain(cells[0]) for name, (_url, cells) in stores.items()} == {"Altona": "€50.00", "Uppsala": "€0.00"}
    url, cells = stores["Altona"]
    [orders_url] = re.findall(r'href="([^"]+)"', cells[1])
    assert sums_of(owner, url)["EUR"]["Net taken"] == plain(cells[0])
    assert totals_of(owner, orders_url)["Orders"] == plain(cells[1]) == "2"
    assert totals_of(owner, orders_url)["Average order"] == plain(cells[2]) == "€25.00"
    [(rate_url, rate)] = re.findall(r'<a href="(/reports/approvals/[^"]+)">(.*?)</a>', home)
    assert totals_of(owner, rate_url)["Approval rate"] == plain(rate) == "66.7%"


def test_check_26_an_approval_rate_is_that_of_its_rows_when_more_was_paid_since_it_was_last_asked_for(shop):
    owner = signed_in(a_staff_member(shop.merchant))
    opened(owner, "/")
    with acting_for(shop.id):
        known = GatewayAccount.objects.get(name="Nordpay")
    for account in (known, a_gateway_account(shop.merchant, name="Later")):
        an_authorised_payment(account, minor=500, day=today_of(shop.merchant))

    rates_shown = re.findall(r'<a href="(/reports/approvals/[^"]+)">(.*?)</a>', opened(owner, "/"))

    assert [(totals_of(owner, url)["Approval rate"], plain(rate)) for url, rate in rates_shown] == [
        ("100.0%", "100.0%"),
        ("75.0%", "75.0%"),
    ]


def test_check_26_a_part_of_the_business_opens_that_part(shop):
    owner = signed_in(a_staff_member(shop.merchant))
    home = opened(owner, f"/?store={shop.store.id}")

    [(url, takings)] = re.findall(r'<p class="big">\s*<a href="([^"]+)">(.*?)</a>', home, re.S)

    assert plain(takings) == sums_of(owner, url)["EUR"]["Net taken"] == "€50.00"


def test_check_17_currencies_keep_their_decimals_and_are_never_added(shop):
    account = a_gateway_account(shop.merchant)
    today = today_of(shop.merchant)
    with acting_for(shop.id):
        for currency, worth in (("JPY", "0.0060"), ("KWD", "3.05"), ("CHF", "1.05")):
            rates.add_rate(currency=currency, base_per_unit=Decimal(worth), valid_from=date(2026, 1, 3), now=FOUNDED_AT)
    for currency, amount in (("JPY", 1_284), ("KWD", 12_845), ("CHF", 5_050)):
        an_authorised_payment(account, minor=amount, currency=currency, day=today)
    owner = signed_in(a_staff_member(shop.merchant))

    listed = plain(opened(owner, "/payments/"))
    totals = sums_of(owner, f"/payments/?date_from={today}&date_to={today}&totals=1")
    report = plain(opened(owner, f"/reports/tenders/?by=kind&date_from={today}&date_to={today}"))
    home = plain(opened(owner, "/"))

    for written in ("¥1,284", "KWD 12.845", "CHF 50.50"):
        assert written in listed and written in report and written in home
        assert f"{written}0" not in listed and f"{written}.00" not in listed
    assert {currency: sums["Captured"] for currency, sums in totals.items()} == {
        "EUR": "€150.00", "JPY": "¥1,284", "KWD": "KWD 12.845", "CHF": "CHF 50.50",
    }  # fmt: skip
    assert sum(int(sums["Payments"]) for sums in totals.values()) == 8
    assert "€164.50" in home


def test_check_18_the_night_the_clocks_change_is_one_business_day_and_each_payment_is_in_it_once():
    shop = a_shop(store={"day_cutoff": time(4, 0)}, day_cutoff=time(4, 0))
    # 00:30 in Berlin, and half past two twice: an hour apart, before and after the clocks went back.
    moments = [
        datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]
    for moment in moments:
        move_business_clock(shop.id, to=moment)
        shop.sell(1)
    owner = signed_in(a_staff_member(shop.merchant))

    days = {day: f"date_from=2026-10-{day}&date_to=2026-10-{day}" for day in (23, 24, 25, 26)}
    facts = {day: owner.get(f"/api/v1/reports/tenders/?by=fact&{query}").json()["facts"] for day, query in days.items()}
    lists = {day: owner.get(f"/api/v1/payments/?{query}").json()["results"] for day, query in days.items()}
    home, listed = opened(owner, "/"), opened(owner, "/payments/")

    assert {day: len(rows) for day, rows in facts.items()} == {23: 0, 24: 3, 25: 0, 26: 0}
    assert {day: len(rows) for day, rows in lists.items()} == {23: 0, 24: 3, 25: 0, 26: 0}
    with acting_for(shop.id):
        assert set(Payment.objects.values_list("business_date", flat=True)) == {date(2026, 10, 24)}
    assert "Saturday 24 October" in plain(home)
    assert "€37.50" in plain(home)
    for page in (home, listed):
        assert "Times in Europe/Berlin" in plain(page)
