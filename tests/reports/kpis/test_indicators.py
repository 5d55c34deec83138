"""Key figures: each is made of the facts its link opens, is compared like with like, and says nothing where it knows nothing."""

from __future__ import annotations

import itertools
import re
from collections import Counter as Tally
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core.tenancy import acting_for
from merchant.ledger import rates
from payments.gateways.base import Outcome
from payments.records import services as records
from reports.kpis import charts, comparing, values
from reports.kpis.definitions import REPORTS, report_of
from reports.kpis.indicators import INDICATORS
from reports.kpis.queries import Wanted
from reports.kpis.report import Percentile, Ratio
from terminals.devices.models import Terminal
from terminals.live.models import TerminalEvent
from tests.clients import signed_in
from tests.factories import a_channel, a_merchant, a_staff_member, a_store
from tests.factories.goods import a_customer
from tests.factories.merchants import FOUNDED_AT
from tests.factories.orders import a_gateway_account
from tests.factories.settled import (
    SALE_DAY,
    a_placed_order,
    a_refund,
    a_requested_payment,
    an_authorised_payment,
    succeed,
)

pytestmark = pytest.mark.django_db
EARLIER = SALE_DAY - timedelta(days=7)
PERIOD = f"date_from={SALE_DAY}&date_to={SALE_DAY}"
NO = {"status": "declined", "decline_code": "insufficient_funds"}
FAULT = {"status": "failed", "decline_code": "no_connection"}
STATEMENTS_MAX = 40


class World:
    """A webshop and a store with one terminal, and a day on which most things happened that key figures count."""

    def __init__(self) -> None:
        self.merchant = a_merchant()
        self.store = a_store(self.merchant, day_cutoff=time(4, 0))
        self.channel = a_channel(self.merchant)
        self.account = a_gateway_account(self.merchant, name="Nordpay")
        self.other = a_gateway_account(self.merchant, name="Sydpay")
        with self.scope():
            rates.add_rate(currency="CHF", base_per_unit=Decimal("1.05"), valid_from=date(2026, 1, 3), now=FOUNDED_AT)
        kim = a_customer(self.merchant)
        first = self.order(10_000, customer=kim)
        self.refunded = self.pay(10_000, order=first, seconds=2)
        self.pay(2_500, order=self.order(2_500, customer=kim), seconds=4)
        self.pay(3_000, order=self.order(3_000, currency="CHF"), account=self.other, currency="CHF", seconds=9)
        self.pay(700, answer=NO)
        for seconds in (30, 60):
            self.pay(900, answer=FAULT, seconds=seconds)
        self.pay(900)
        self.order(4_200, status="draft")
        self.order(9_900, status="cancelled")
        self.pay(5_000, day=EARLIER)
        a_refund(self.refunded, minor=1_500)
        self.lose_terminal()

    def order(self, minor: int, **changes):
        return a_placed_order(self.merchant, minor=minor, channel=self.channel, **changes)

    def pay(self, minor: int, *, account=None, day: date = SALE_DAY, seconds: int = 1, **changes):
        order = changes.pop("order", None) or self.order(minor, day=day)
        asked_at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(seconds=seconds)
        return an_authorised_payment(
            account or self.account, minor=minor, day=day, order=order, requested_at=asked_at, **changes
        )

    def lose_terminal(self) -> None:
        with acting_for(self.merchant.id):
            terminal = Terminal.objects.create(
                store=self.store, gateway_account=self.account, name="Counter", serial_number="SN-K", token_hash="x"
            )
            # Half past two in the morning belongs to the day before: the store's day ends at four.
            lost_at = datetime(SALE_DAY.year, SALE_DAY.month, SALE_DAY.day + 1, 1, 30, tzinfo=UTC)
            for kind, minutes in (("went_offline", 0), ("connected", 12)):
                at = lost_at + timedelta(minutes=minutes)
                TerminalEvent.objects.create(terminal=terminal, kind=kind, text="", at=at)

    def scope(self):
        return acting_for(self.merchant.id)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def owner(world):
    return signed_in(a_staff_member(world.merchant))


def plain(html: str) -> str:
    """Text as a person reads it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def facts_behind(client, url: str) -> list[dict]:
    """Every fact a figure opens, page after page, in the units of the interface."""
    assert "by=fact" in url
    facts, after = [], ""
    while True:
        answer = client.get(f"/api/v1{unescape(url)}&after={after}")
        assert answer.status_code == 200, (url, answer.content[:300])
        document = answer.json()
        facts += document["facts"]
        after = document["after"]
        if not after:
            return facts


def worked_out(report, name: str, facts: list[dict], currency: str) -> str:
    """What a figure must read, from its facts alone."""
    unit = next(unit for known, _label, unit in values.list_columns(report) if known == name)
    mine = [fact for fact in facts if unit == "count" or fact["currency"] == currency]
    sums = Tally(dict.fromkeys(report.measures, 0))
    for fact in mine:
        sums.update(fact["measures"])
    number = sums.get(name)
    for ratio in report.ratios:
        if ratio.name == name:
            number = ratio.of(sums)
    for percentile in report.percentiles:
        if percentile.name == name:
            ordered = sorted(fact["measures"][percentile.of] for fact in mine)
            number = ordered[max(0, -(-len(ordered) * percentile.percent // 100) - 1)] if ordered else None
    if unit == "money" and not currency:
        return values.NONE
    shown = values.shown(unit, number, currency)
    return shown if isinstance(shown, str) else plain(values.display.money_text(shown, locale="en"))


def cards_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<section class="card indicator" aria-labelledby="([\w-]+)">(.*?)</section>', html, re.S))


def test_each_key_figure_opens_facts_that_make_it(world, owner):
    answer = owner.get(f"/reports/kpis/?{PERIOD}")

    cards = cards_of(answer.content.decode())
    assert list(cards) == [f"{one.report}-{one.figure}" for one in INDICATORS]
    for indicator in INDICATORS:
        html = cards[f"{indicator.report}-{indicator.figure}"]
        links = re.findall(r'<a href="(/reports/[^"]+by=fact[^"]+)">(.*?)</a>', html, re.S)
        now = [(url, plain(text)) for url, text in links if f"date_to={SALE_DAY}" in url]
        before = [(url, plain(text)) for url, text in links if f"date_to={EARLIER}" in url]
        assert now and len(now) == len(before)
        for url, text in now + before:
            facts = facts_behind(owner, url)
            currencies = sorted({fact["currency"] for fact in facts}, key=lambda one: (one != "EUR", one)) or ["EUR"]
            made = {worked_out(report_of(indicator.report), indicator.figure, facts, one) for one in currencies}
            assert text in made or text in (values.NONE, "CHF 0.00"), (indicator, url, text, made)


def test_the_figures_of_the_day_are_what_happened(world, owner):
    html = owner.get(f"/reports/kpis/?{PERIOD}").content.decode()
    first = {
        key: re.findall(r'<p class="num [\w ]*">\s*<a[^>]*>(.*?)</a>', card, re.S)[0]
        for key, card in cards_of(html).items()
    }
    shown = {key: plain(text) for key, text in first.items()}

    assert shown == {
        "orders-value": "€134.00",
        "orders-orders": "4",
        "orders-average": "€44.67",
        "customers-retention": "50.0%",
        "carts-abandonment": "55.6%",
        "approvals-approval": "57.1%",
        "approvals-error_rate": "28.6%",
        "processing-p50": "2.0 s",
        "processing-p95": "9.0 s",
        "downtime-lasted": "12 min 30 s",
        "tenders-refund_rate": "11.2%",
        "fees-effective_fee": "—",
    }


def test_what_a_shopper_takes_on_the_page_of_a_bank_is_no_processing_time(world, owner):
    begun_at = datetime(SALE_DAY.year, SALE_DAY.month, SALE_DAY.day, 12, tzinfo=UTC)
    operation = a_requested_payment(
        world.account, minor=1_200, order=world.order(1_200), requested_at=begun_at, submitted_at=begun_at + timedelta(seconds=1)
    )  # fmt: skip
    with world.scope():
        wait = Outcome(status="action_required", action_url="https://bank.example/x")
        records.apply_result(
            operation_id=operation.id, outcome=wait, source="answer", now=begun_at + timedelta(seconds=4)
        )
        succeed(operation, at=begun_at + timedelta(hours=34))

    facts = facts_behind(owner, f"/reports/processing/?by=fact&{PERIOD}")

    [mine] = [fact["measures"] for fact in facts if fact["reference"] == operation.reference]
    assert mine == {"answered": 1, "waited": 3_000}


def test_what_is_narrowed_by_leaves_out_figures_that_know_nothing_of_it(world, owner):
    by_gateway = cards_of(owner.get(f"/reports/kpis/?{PERIOD}&gateway={world.other.id}").content.decode())
    by_channel = cards_of(owner.get(f"/reports/kpis/?{PERIOD}&channel={world.channel.id}").content.decode())

    assert "orders-value" not in by_gateway and "100.0%" in plain(by_gateway["approvals-approval"])
    assert "downtime-lasted" not in by_channel and "fees-effective_fee" not in by_channel
    assert "57.1%" in plain(by_channel["approvals-approval"])


def test_key_figures_of_another_store_hold_nothing_of_this_one(world):
    elsewhere = a_store(world.merchant, name="Uppsala")
    manager = signed_in(a_staff_member(world.merchant, role="manager", stores=[elsewhere]))

    cards = cards_of(manager.get(f"/reports/kpis/?{PERIOD}").content.decode())

    assert "fees-effective_fee" not in cards
    assert not re.search(r"€[1-9]", "".join(map(plain, cards.values())))
    assert signed_in(a_staff_member(world.merchant, role="cashier")).get("/reports/kpis/").status_code == 403


def test_every_row_of_every_report_opens_a_page_with_the_same_sums(world, owner):
    followed = set()
    for name, by in product(REPORTS, ("day", "store", "channel", "gateway", "kind", "total")):
        if by == "gateway" and not report_of(name).has_gateways:
            continue
        html = owner.get(f"/reports/{name}/?{PERIOD}&by={by}").content.decode()
        body = html[html.index("<main") :]
        for row in re.findall(r'<tr>\s*<th scope="row">\s*<a href="([^"]+)">.*?</a>\s*</th>(.*?)</tr>', body, re.S):
            url, cells = row[0], [plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.S)]
            opened = owner.get(unescape(url)).content.decode()
            totals = [
                [plain(figure) for figure in re.findall(r"<dd[^>]*>(.*?)</dd>", stats, re.S)]
                for stats in re.findall(r'<dl class="stats">(.*?)</dl>', opened, re.S)
            ]
            assert cells[1:] in totals, (name, by, url, cells, totals)
            followed.add((name, by))
    assert {"day", "store", "channel", "gateway", "kind", "total"} == {by for _name, by in followed}
    assert {"sales", "tenders", "orders", "customers", "carts", "approvals", "errors", "processing", "downtime"} <= {
        name for name, _by in followed
    } | {"sales"}


def test_key_figures_cost_a_bounded_number_of_statements(world, owner):
    owner.get("/reports/kpis/")

    with CaptureQueriesContext(connection) as captured:
        owner.get("/reports/kpis/")

    assert len(captured) <= STATEMENTS_MAX


def test_a_period_is_compared_with_the_same_weekdays():
    week = Wanted(date(2026, 11, 16), date(2026, 11, 22))
    ten_days = Wanted(date(2026, 11, 13), date(2026, 11, 22))

    before, longer = comparing.earlier(week, "before"), comparing.earlier(ten_days, "before")
    year = comparing.earlier(week, "year")

    assert (before.date_from, before.date_to) == (date(2026, 11, 9), date(2026, 11, 15))
    assert longer.date_to == date(2026, 11, 8) < ten_days.date_from
    assert year.date_from == date(2025, 11, 17) and year.date_from.weekday() == week.date_from.weekday()
    assert comparing.earlier(week, "none") is None


def test_a_rate_of_nothing_is_no_rate():
    rate, average = Ratio("r", "R", "part", "whole"), Ratio("a", "A", "value", "number", "money")

    assert rate.of({"part": 0, "whole": 0}) is None
    assert rate.of({"part": 1, "whole": 3}) == 3_333
    assert average.of({"value": 5_000, "number": 3}) == 1_667
    assert comparing.change_of("share", 9_000, 9_500)[0] == -5
    assert comparing.change_of("money", 100, 0) is None


def test_durations_read_in_the_units_that_say_something():
    shown = [values.duration_text(number) for number in (400, 42_000, 252_000, 7_800_000)]

    assert shown == ["0.4 s", "42 s", "4 min 12 s", "2 h 10 min"]
    assert "0.95" in Percentile("p95", "P95", "waited", 95).sql


def test_a_chart_leaves_gaps_where_nothing_is_known_and_keeps_its_words_apart():
    points = [charts.TrendPoint(str(day), now, 50) for day, now in enumerate((50, None, 51, 50))]

    drawn = charts.trend_chart(points, title="<b>", description="d", axis=axis, now="now", before="before")

    for svg in drawn.split("</svg>")[:2]:
        [now] = re.findall(r'<path d="([^"]+)" class="now"/>', svg)
        heights = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)" class="label', svg)]
        assert now.count("M") == 2
        assert len(heights) == 2 and abs(heights[0] - heights[1]) >= 13.9
    assert "&lt;b&gt;" in drawn and "style=" not in drawn and 'class="chart narrow"' in drawn
    assert charts.trend_chart(points[:1], title="", description="", axis=axis, now="", before="") == ""


@pytest.mark.parametrize("days", [2, 7, 14, 28, 90])
def test_the_days_below_a_chart_are_never_written_over_one_another(days):
    points = [charts.TrendPoint(f"Wed {day} Nov", day) for day in range(10, 10 + days)]

    drawn = charts.trend_chart(points, title="t", description="d", axis=axis, now="now", before="before")

    for svg in drawn.split("</svg>")[:2]:
        words = re.findall(r'<text x="([\d.]+)" y="[\d.]+" class="axis" text-anchor="middle">([^<]+)</text>', svg)
        spans = [(float(x) - charts.word_width(text) / 2, float(x) + charts.word_width(text) / 2) for x, text in words]
        assert len(words) >= 2
        assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))


def axis(number: int, _step: int) -> str:
    return str(number)


@pytest.mark.parametrize(
    ("unit", "highest", "lines"),
    [
        ("duration", 122_400_000, ["0", "20 h", "40 h"]),
        ("duration", 2_000_000, ["0", "20 min", "40 min"]),
        ("duration", 70_000, ["0", "1 min", "2 min"]),
        ("duration", 45_000, ["0", "20 s", "40 s", "60 s"]),
        ("duration", 900, ["0", "500 ms", "1000 ms"]),
        ("money", 120, ["0", "0.5", "1", "1.5"]),
        ("money", 420_000, ["0", "2k", "4k", "6k"]),
        ("count", 7, ["0", "5", "10"]),
        ("share", 9_800, ["0%", "50%", "100%"]),
        ("share", 90, ["0%", "0.5%", "1%"]),
    ],
)
def test_the_scale_of_a_chart_is_round_in_the_unit_it_is_read_in(unit, highest, lines):
    step, ceiling = charts.scale(highest, lines_max=4, units=values.scale_units(unit))

    assert [values.axis_text(unit, number, step, "EUR") for number in range(0, ceiling + 1, step)] == lines
