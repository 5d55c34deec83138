"""
P6: Payments, Orders and Home with 100,000 payments of a merchant and with all its history: first page, a page deep inside, filters on.

A page is asked for as a signed-in person's browser does, and ends as HTML. What the database and its objects take of that is shown beside it, because only this can grow.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchant.accounts.access import RIGHTS
from merchant.accounts.callers import merchant_facts
from merchant.core import db
from merchant.core.clock import business_date, business_now
from merchant.core.pages.frame import Scope
from merchant.core.tenancy import acting_for
from merchant.merchants.queries import get_merchant
from merchant.sales_channels.queries import list_places
from orders.order.queries import OrderFilters
from payments.records.queries import PaymentFilters
from reports.overview.building import Look, build_home
from reports.search import queries
from reports.search.queries import Cursor
from tests.bench.ground import Ground, Shop, settle_tables
from tests.bench.table import Row
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member, a_store
from tests.factories.orders import a_gateway_account

SMALL = 100_000
# A merchant of ten stores. What grows is its history, not its day.
PAYMENTS_A_DAY = 2_740
# So many card numbers that each filter's page is full in the small history too: a page of three rows is no measure for one of fifty.
LAST_DIGITS = 500
ASKED = 60

# Payment n counts back from now: 1 is the newest. Whatever time it is, today's are a whole day's. Ids are those of its moment, as UUIDv7 makes them.
_ORDERS = """
INSERT INTO order_order (id, merchant_id, number, channel_id, store_id, register_id, status, fulfilment_status, currency, total_minor, tax_minor,
    discount_minor, secured_minor, captured_minor, refunded_minor, handed_over_minor, email, delivery, note, business_date, created_at, placed_at, version)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid, %(merchant)s,
    'L' || n, %(channel)s, (%(stores)s::uuid[])[1 + n %% 2], %(register)s, CASE WHEN n %% 25 = 0 THEN 'open' ELSE 'completed' END,
    CASE WHEN n %% 25 = 0 THEN 'unfulfilled' ELSE 'fulfilled' END, 'EUR', 1000 + n %% 500, 160, 0,
    CASE WHEN n %% 25 = 0 THEN 0 ELSE 1000 + n %% 500 END, CASE WHEN n %% 25 = 0 THEN 0 ELSE 1000 + n %% 500 END, 0,
    CASE WHEN n %% 25 = 0 THEN 0 ELSE 1000 + n %% 500 END, '', '{}', '', (at AT TIME ZONE 'Europe/Berlin')::date, at, at, 1
FROM (SELECT n, CASE WHEN n < %(a_day)s THEN %(now)s::timestamptz - n * ((%(now)s::timestamptz - %(midnight)s::timestamptz) / %(a_day)s)
    ELSE %(midnight)s::timestamptz - (n - %(a_day)s) * (interval '1 day' / %(a_day)s) END AS at FROM generate_series(%(first)s, %(last)s) n) moments
"""
_PAYMENTS = """
INSERT INTO payment_payment (id, merchant_id, order_id, store_id, register_id, gateway_account_id, method, currency, amount_minor, status, authorised_minor, captured_minor,
    capturing_minor, refunded_minor, refunding_minor, voided_minor, card_brand, card_last4, gateway_reference, auth_code, decline_code, business_date, created_at)
SELECT id, merchant_id, id, store_id, register_id, CASE WHEN n %% 5 < 3 THEN %(account)s END, CASE WHEN n %% 5 < 2 THEN 'card_present' WHEN n %% 5 = 2 THEN 'card' ELSE 'cash' END,
    currency, total_minor, CASE WHEN status = 'open' THEN 'declined' ELSE 'captured' END, captured_minor, captured_minor, 0, 0, 0, 0, '', CASE WHEN n %% 5 < 3 THEN lpad((4000 + n %% %(digits)s)::text, 4, '0') ELSE '' END,
    '', '', '', business_date, created_at
FROM (SELECT *, substr(number, 2)::int AS n FROM order_order WHERE merchant_id = %(merchant)s AND substr(number, 2)::int BETWEEN %(first)s AND %(last)s) o
"""
_OPERATIONS = """
INSERT INTO payment_operation (id, merchant_id, payment_id, order_id, gateway_account_id, kind, reference, amount_minor, currency, instrument, captures_at_once, reason,
    status, result_minor, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at, finished_at, landed_at, looks)
SELECT p.id, p.merchant_id, p.id, p.order_id, p.gateway_account_id, 'authorise', upper(substr(replace(p.id::text, '-', ''), 21) || substr(replace(p.id::text, '-', ''), 9, 4)),
    p.amount_minor, p.currency, '{}', true, '', CASE WHEN p.status = 'declined' THEN 'declined' ELSE 'succeeded' END, p.captured_minor, '', '', '', 'system:bench', p.business_date,
    p.created_at, p.created_at, p.created_at + interval '2 seconds', CASE WHEN p.status = 'declined' THEN NULL ELSE p.created_at END, 0
FROM payment_payment p JOIN order_order o ON o.id = p.order_id
WHERE p.merchant_id = %(merchant)s AND substr(o.number, 2)::int BETWEEN %(first)s AND %(last)s AND p.gateway_account_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Books:
    """A merchant's history as far as it is filled."""

    merchant_id: UUID
    values: dict[str, Any]

    def fill(self, ground: Ground, *, first: int, last: int) -> None:
        """Add the payments from the `first` to the `last` newest."""
        span = {"first": first, "last": last}
        for statement in (_ORDERS, _PAYMENTS, _OPERATIONS):
            db.execute(statement, self.values | span)
        settle_tables(ground)


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P6 and the figures behind them."""
    books = _books()
    books.fill(ground, first=1, last=SMALL)
    browser = _browser(books)
    small = _look(books, browser)
    books.fill(ground, first=SMALL + 1, last=options.payments)
    large = _look(books, browser)
    figures = {
        name: {"small_ms": small[name][0], "large_ms": large[name][0], "statements": large[name][1]} for name in large
    }
    lists = [name for name in figures if name.startswith(("payments", "orders")) and "in francs" not in name]
    slowest_page = max((name for name in large if name.startswith("page")), key=lambda name: large[name][0])
    slowest = max(lists, key=lambda name: large[name][0])
    steepest = max(lists, key=lambda name: large[name][0] / small[name][0])
    thousands = options.payments // 1000
    rows = [
        Row("P6", f"{slowest_page}, {thousands}k", large[slowest_page][0], 25, 12, "ms", is_less_better=True),
        Row("P6", f"lists, {thousands}k: {slowest}", large[slowest][0], 25, 12, "ms", is_less_better=True),
        Row(
            "P6",
            f"lists, growth: {steepest}",
            large[steepest][0] / small[steepest][0],
            1.3,
            1.1,
            "x",
            is_less_better=True,
        ),
        Row("P6", "lists, statements", max(large[name][1] for name in lists), 4, 4, "", is_less_better=True),
        Row("P6", f"Home's figures, {thousands}k", large["home"][0], 25, 12, "ms", is_less_better=True),
        Row("P6", "Home's figures, growth", large["home"][0] / small["home"][0], 1.3, 1.1, "x", is_less_better=True),
    ]
    return rows, {"payments": options.payments, "lists": figures}


def _books() -> Books:
    sold = a_shop(articles=0)
    other, account = a_store(sold.merchant), a_gateway_account(sold.merchant)
    now = business_now(sold.id)
    today = business_date(now, zone=sold.merchant.zone, cutoff=sold.merchant.day_cutoff)
    midnight = datetime.combine(today, time.min, ZoneInfo(sold.merchant.zone))
    values = {
        "merchant": sold.id, "channel": sold.channel.id, "stores": [sold.store.id, other.id], "register": sold.register.id, "account": account.id,
        "a_day": PAYMENTS_A_DAY, "digits": LAST_DIGITS, "now": now, "midnight": midnight,
    }  # fmt: skip
    return Books(sold.id, values)


def _browser(books: Books) -> Client:
    member = a_staff_member(get_merchant(books.merchant_id))
    browser = signed_in(member)
    browser.defaults["SERVER_NAME"] = "localhost"
    return browser


def _look(books: Books, browser: Client) -> dict[str, tuple[float, int]]:
    """Return for each page its middle duration in milliseconds and its statements."""
    with acting_for(books.merchant_id):
        middle = _middle(books)
        found = {name: _timed(ask) for name, ask in _pages(books, middle).items()}
    addresses = {"Home": "/", "Payments": "/payments/", "Payments, deep": f"/payments/?after={middle}"}
    addresses |= {"Orders": "/orders/", "Orders, deep": f"/orders/?after={middle}"}
    return found | {f"page {name}": _timed(partial(_open, browser, url)) for name, url in addresses.items()}


def _open(browser: Client, address: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.status_code


def _middle(books: Books) -> str:
    """Return a cursor so deep inside that a page of every filter's is left behind it."""
    [(middle,)] = db.rows(
        "SELECT id::text FROM payment_payment WHERE merchant_id = %s ORDER BY id DESC OFFSET %s LIMIT 1",
        [books.merchant_id, SMALL * 4 // 10],
    )
    return str(middle)


def _pages(books: Books, middle: str) -> dict[str, Callable[[], Any]]:
    store_id = books.values["stores"][0]
    today = books.values["now"].date()
    payments = {
        "all": PaymentFilters(),
        "status and method": PaymentFilters(status=("declined",), method=("card_present",)),
        "store and days": PaymentFilters(store_id=store_id, date_to=today),
        "account": PaymentFilters(gateway_account_id=books.values["account"]),
        "four digits": PaymentFilters(text="4242"),
        "an amount": PaymentFilters(text="14.99"),
        "nothing in francs": PaymentFilters(currency="CHF"),
    }
    orders = {
        "all": OrderFilters(),
        "to hand over": OrderFilters(status=("open",), fulfilment_status=("unfulfilled", "partial")),
        "store": OrderFilters(store_id=store_id),
        "an amount": OrderFilters(text="14.99"),
        "nothing in francs": OrderFilters(currency="CHF"),
    }
    pages: dict[str, Callable[[], Any]] = {"home": lambda: _home(books)}
    for place, cursor in {"first": Cursor(), "deep": Cursor(after=middle)}.items():
        for name, payment_filters in payments.items():
            pages[f"payments, {name}, {place}"] = partial(queries.list_shown_payments, payment_filters, cursor)
        for name, order_filters in orders.items():
            pages[f"orders, {name}, {place}"] = partial(_orders, order_filters, cursor)
    return pages


def _orders(filters: OrderFilters, cursor: Cursor) -> None:
    queries.get_marks([order.id for order in queries.list_shown_orders(filters, cursor).rows])


def _home(books: Books) -> None:
    merchant = merchant_facts(get_merchant(books.merchant_id))
    build_home(Look(merchant, RIGHTS, list_places().stores, Scope(), "en"))


def _timed(ask: Callable[[], Any]) -> tuple[float, int]:
    with CaptureQueriesContext(connection) as captured:
        ask()
    took = []
    for _ in range(ASKED):
        begun = perf_counter()
        ask()
        took.append(1000 * (perf_counter() - begun))
    return statistics.median(took), len(captured)
