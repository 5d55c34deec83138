"""What was placed at a till and paid while it heard nothing: it says so when it hears again, and never begins the same goods anew."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.installation import Installation
from tests.browser.till import PAYMENT_MS, Till

pytestmark = pytest.mark.browser
REGISTER = "MUC-2"
OTHER = "MUC-1"
READ_ORDER = "() => import('/static/till/sale.js').then((sales) => sales.readOrder().then(sales.changed))"
ADOPT = "(id) => import('/static/till/sale.js').then((sales) => sales.adopt(id))"
TENDERS = "() => import('/static/till/sale.js').then((sales) => sales.sale.tenders.map(({ method, status, amount_minor }) => [method, status, amount_minor]))"


def cut_off(till: Till) -> Callable[[], object]:
    """Cut the line; returns what brings it back."""
    till.page.context.set_offline(True)
    expect(till.page.locator(".till-line")).to_contain_text("Offline")
    return lambda: till.page.context.set_offline(False)


def close_page(till: Till) -> Callable[[], object]:
    """Leave the page as a tablet whose power goes; returns what opens it again."""
    till.page.goto("about:blank")
    return lambda: till.page.goto(f"{till.office.url}/till/")


def reload(till: Till) -> Callable[[], object]:
    """Begin the page anew before anything is paid; nothing is left to bring back."""
    till.page.reload()
    till.page.locator(".till-good").first.wait_for()
    expect(till.paying.get_by_role("button", name="Cash", exact=True)).to_be_visible()
    return lambda: None


def pay_on_phone(till: Till, address: str) -> None:
    """What the customer does on a device of their own."""
    phone = till.office.context.new_page()
    phone.goto(address)
    phone.get_by_label("E-mail").fill("kim@example.com")
    phone.get_by_role("button", name="by card").click()
    card = phone.frame_locator(".framed iframe")
    card.locator("input[name=number]").fill("4111111111111111")
    card.locator("form:has(input[name=number]) button[type=submit]").first.click()
    expect(phone.get_by_text("Paid").first).to_be_visible(timeout=PAYMENT_MS)
    phone.close()


def orders_begun(page: Page) -> list[str]:
    """The orders this tablet begins from now on."""
    begun: list[str] = []
    page.on("request", lambda one: begun.append(one.url) if one.method == "POST" and one.url.endswith("/till/orders/") else None)  # fmt: skip
    return begun


def office_asks(till: Till, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What somebody in the back office does meanwhile, by the session of the pages."""
    context, key = till.office.context, str(uuid.uuid4())
    [token] = [one["value"] for one in context.cookies() if "csrf" in one["name"]]  # type: ignore[typeddict-item]
    headers = {"X-CSRFToken": token, "Referer": till.office.url, "Idempotency-Key": key}
    answer = context.request.post(f"{till.office.url}/api/v1/{path}", headers=headers, data=body)
    assert answer.ok, (path, answer.status, answer.text())
    return dict(answer.json())


def place(till: Till) -> tuple[str, int]:
    """Put one article on an order and place it, unpaid: its id and what is due."""
    till.add(0)
    order_id, due = till.order_id(), till.due_minor()
    till.press("By link")
    till.page.get_by_role("button", name="Pay another way").click()
    expect(till.paying.get_by_role("button", name="Cancel the order")).to_be_visible()
    return order_id, due


def expect_paid(till: Till, order_id: str, begun: list[str]) -> dict[str, Any]:
    """The till says that its own order is paid, with its receipt, and began no other; returns the order."""
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.page.locator("#till-receipt")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.page.get_by_role("dialog")).to_have_count(0)
    expect(till.page.locator(".till-cart .notice")).to_have_count(0)
    assert till.order_id() == order_id
    assert begun == []
    order = till.office.get(f"orders/{order_id}/")
    assert order["status"] == "completed"
    assert [paper["kind"] for paper in order["documents"]] == ["receipt"]
    till.press("Next sale")
    expect(till.page.get_by_text("Scan an article or press one.")).to_be_visible()
    return order


@pytest.mark.parametrize("interrupt", [cut_off, close_page, reload])
def test_what_was_paid_by_the_link_while_the_till_heard_nothing_is_paid_once(
    till: Till, interrupt: Callable[[Till], Callable[[], object]]
) -> None:
    till.add(0)
    order_id, due = till.order_id(), till.due_minor()
    till.press("By link")
    address = till.page.locator(".till-address").inner_text()
    begun = orders_begun(till.page)

    go_on = interrupt(till)
    pay_on_phone(till, address)
    go_on()

    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    assert till.page.evaluate(TENDERS) == [["link", "paid", due]]
    order = expect_paid(till, order_id, begun)
    assert [(row["method"], row["status"]) for row in order["payments"]] == [("card", "captured")]


@pytest.mark.parametrize("interrupt", [cut_off, close_page])
def test_an_order_of_which_nothing_is_to_pay_ends_once_though_the_answer_was_lost(
    till: Till, interrupt: Callable[[Till], Callable[[], object]]
) -> None:
    page, keys, landed = till.page, list[str](), list[bool]()
    till.add(0)
    order_id = till.order_id()
    version = page.evaluate("() => import('/static/till/sale.js').then((sales) => sales.sale.order.version)")
    off = {"percent_basis_points": 10_000, "reason": "a present", "version": version}
    office_asks(till, f"orders/{order_id}/discounts/", off)
    page.evaluate(READ_ORDER)
    begun = orders_begun(page)

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        landed.append(route.fetch().ok)
        page.context.set_offline(True)
        route.abort()

    page.route("**/completions/", lose)
    till.press("Complete: nothing to pay")
    # The goods stay as they are: nobody knows yet whether they went out.
    expect(till.paying.get_by_text("The connection broke while paying.")).to_be_visible()
    assert page.locator(".till-good").first.is_disabled()
    assert landed == [True]
    page.unroute("**/completions/")
    page.on("request", lambda one: keys.append(one.headers["idempotency-key"]) if "/completions/" in one.url else None)
    go_on = interrupt(till)
    page.context.set_offline(False)
    go_on()

    order = expect_paid(till, order_id, begun)
    assert order["payments"] == []
    assert len(keys) > 1 and len(set(keys)) == 1
    assert [one for one in till.complaints if "net::ERR_" not in one] == []


def test_a_completion_that_is_refused_leaves_the_order_as_it_is_and_it_is_paid_for(till: Till) -> None:
    page = till.page
    till.add(0)
    order_id, due = till.order_id(), till.due_minor()
    version = page.evaluate("() => import('/static/till/sale.js').then((sales) => sales.sale.order.version)")
    off = {"percent_basis_points": 10_000, "reason": "a present", "version": version}
    made = office_asks(till, f"orders/{order_id}/discounts/", off)
    page.evaluate(READ_ORDER)
    [discount] = made["discounts"]
    path = f"orders/{order_id}/discounts/{discount['id']}/removals/"
    office_asks(till, path, {"version": made["version"]})

    till.press("Complete: nothing to pay")

    # Somebody took the discount back meanwhile: that is said, and there is something to pay.
    expect(till.paying.get_by_role("alert")).to_be_visible()
    expect(till.paying.get_by_role("button", name="Cash", exact=True)).to_be_enabled()
    order = till.office.get(f"orders/{order_id}/")
    assert (order["status"], order["documents"], order["payments"]) == ("draft", [], [])
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    assert [row["amount"]["amount_minor"] for row in till.office.payments_of(order_id)] == [due]


@pytest.mark.parametrize("interrupt", [cut_off, close_page])
def test_a_placed_order_taken_on_here_and_paid_elsewhere_is_no_second_order(
    till: Till, interrupt: Callable[[Till], Callable[[], object]]
) -> None:
    order_id, due = place(till)
    till.page.evaluate(ADOPT, order_id)
    link = office_asks(till, "payment-links/", {"order_id": order_id, "expires_in_seconds": 900})
    begun = orders_begun(till.page)

    go_on = interrupt(till)
    pay_on_phone(till, link["payment_url"])
    go_on()

    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    assert till.page.evaluate(TENDERS) == [["card", "paid", due]]
    expect_paid(till, order_id, begun)


def test_cash_for_an_order_that_was_paid_elsewhere_is_refused_and_the_order_is_shown_paid(till: Till) -> None:
    order_id, due = place(till)
    till.page.evaluate(ADOPT, order_id)
    link = office_asks(till, "payment-links/", {"order_id": order_id, "expires_in_seconds": 900})
    begun = orders_begun(till.page)
    pay_on_phone(till, link["payment_url"])

    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()

    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.paying.get_by_role("alert")).to_contain_text("Do not take the money a second time.")
    assert till.page.evaluate(TENDERS) == [["cash", "refused", due], ["card", "paid", due]]
    order = expect_paid(till, order_id, begun)
    assert [(row["method"], row["status"]) for row in order["payments"]] == [("card", "captured")]


def test_cash_taken_after_a_link_was_shown_and_the_till_reloaded_is_noted_once_with_its_change(till: Till) -> None:
    page = till.page
    order_id, due = place(till)
    begun = orders_begun(page)
    reload(till)

    def answer_late(route: Route) -> None:
        # Longer than the till waits between two looks at its link: they see the cash before its answer comes.
        landed = route.fetch()
        time.sleep(5)
        route.fulfill(response=landed)

    page.route("**/payments/", answer_late)
    till.press("Cash")
    page.get_by_label("Given").fill(f"{(due + 500) // 100}.{(due + 500) % 100:02}")
    till.press("Take cash")

    expect(page.locator("#till-change")).to_have_text("€5.00", timeout=PAYMENT_MS)
    assert page.evaluate(TENDERS) == [["cash", "paid", due]]
    expect_paid(till, order_id, begun)


def test_a_placed_order_that_got_a_part_elsewhere_shows_it_and_only_the_rest_is_to_be_paid(till: Till) -> None:
    order_id, due = place(till)
    till.page.evaluate(ADOPT, order_id)
    begun = orders_begun(till.page)
    go_on = close_page(till)
    as_another_tablet(till, f"orders/{order_id}/payments/", PART)
    go_on()

    expect(till.paying.get_by_text("Rest to pay")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.page.locator(".till-tenders li")).to_have_count(1)
    assert till.due_minor() == due - 100
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    order = expect_paid(till, order_id, begun)
    assert sorted(row["amount"]["amount_minor"] for row in order["payments"]) == sorted([100, due - 100])


PART = {"method": "cash", "amount": {"amount_minor": 100, "currency": "EUR"}, "tendered_minor": 100}


def as_another_tablet(till: Till, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    """What another tablet does: by default one of the same till."""
    if not token:
        code = till.office.pairing_code(till.register["id"])
        answer = till.office.context.request.post(
            f"{till.office.url}/api/v1/pairing/", data={"code": code, "device_name": "another"}
        )
        assert answer.ok, answer.text()
        token = answer.json()["token"]
    headers = {"Authorization": f"Device {token}", "Idempotency-Key": str(uuid.uuid4())}
    answer = till.office.context.request.post(f"{till.office.url}/api/v1/{path}", headers=headers, data=body)
    assert answer.ok, (path, answer.status, answer.text())
    return dict(answer.json())


def test_an_order_passed_on_by_a_code_and_paid_there_is_no_second_order_here(
    till: Till, installation: Installation
) -> None:
    page = till.page
    till.add(0)
    order_id, due = till.order_id(), till.due_minor()
    begun = orders_begun(page)
    page.locator(".till-menu > summary").click()
    page.locator(".till-menu [data-screen=carts]").click()
    page.get_by_role("button", name="Make a code").click()
    code = page.locator(".counter-code b").inner_text()
    page.get_by_role("button", name="To the sale").click()
    tills = json.loads((installation.root / "var" / "demo.json").read_text())["tills"]
    token = next(one["token"] for one in tills if one["code"] == OTHER)

    go_on = cut_off(till)
    taken = as_another_tablet(till, "hand-offs/", {"code": code}, token)
    assert taken["id"] == order_id
    whole = {"method": "cash", "amount": {"amount_minor": due, "currency": "EUR"}, "tendered_minor": due}
    as_another_tablet(till, f"orders/{order_id}/payments/", whole, token)
    go_on()

    order = expect_paid(till, order_id, begun)
    assert [(row["method"], row["amount"]["amount_minor"]) for row in order["payments"]] == [("cash", due)]


def sell_offline(till: Till, *, by_link: bool = True) -> tuple[dict[str, Any], str, Callable[[], object]]:
    """Sell for cash without a line what stood on an order while there was one: that order, its link's address, and what brings the line back."""
    page = till.page
    till.office.send("PUT", "offline-rules/", {"store_id": till.register["store_id"], "is_allowed": True})
    page.reload()
    till.add(0)
    order = till.office.get(f"orders/{till.order_id()}/")
    address = ""
    if by_link:
        till.press("By link")
        address = page.locator(".till-address").inner_text()
    go_on = cut_off(till)
    if by_link:
        page.get_by_role("button", name="Pay another way").click()
    expect(page.locator("#till-link-out")).to_have_count(int(by_link))
    till.press("Cash")
    if by_link:
        expect(page.locator("#till-link-out")).to_contain_text("Take money only if the customer has not paid there.")
    page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Sold; kept on this tablet")).to_be_visible()
    return order, address, go_on


def landed(till: Till) -> dict[str, Any]:
    """What the server said of the sale that was kept on the tablet, once it was sent."""
    till.page.evaluate(SENT)
    [row] = till.page.evaluate("() => import('/static/till/queue.js').then((queue) => queue.answered())")
    return dict(row)


# Waits by itself: Playwright takes the promise of an asynchronous predicate for a yes.
SENT = """async () => {
  const queue = await import("/static/till/queue.js");
  while (!queue.answered().length || queue.leftOrders("open").length) await new Promise((later) => setTimeout(later, 50));
}"""


def expect_said(till: Till, order: dict[str, Any], words: str) -> None:
    """The till says that the customer paid twice, also after a reload, until somebody has pressed it away; the back office says it beside the sale."""
    twice = till.page.locator("#till-paid-twice")
    expect(twice).to_contain_text(words, timeout=PAYMENT_MS)
    till.page.reload()
    expect(twice).to_contain_text(words)
    page = till.office.context.request.get(f"{till.office.url}/offline/").text()
    assert f"paid twice: order {order['number']} has" in page
    twice.get_by_role("button", name="I have seen to it").click()
    expect(twice).to_have_count(0)
    till.page.reload()
    expect(till.page.locator(".till-good").first).to_be_visible()
    expect(twice).to_have_count(0)


def test_a_link_that_is_paid_while_cash_was_taken_without_a_line_is_said_at_the_till_and_in_the_back_office(
    till: Till,
) -> None:
    order, address, go_on = sell_offline(till)

    pay_on_phone(till, address)
    go_on()

    assert landed(till)["body"]["replaces_order_id"] == order["id"]
    expect_said(till, order, f"Also paid by the link: order {order['number']}, €")
    assert [row["status"] for row in till.office.payments_of(order["id"])] == ["captured"]
    assert [one for one in till.complaints if "net::ERR_" not in one] == []


def test_a_link_that_nobody_paid_is_withdrawn_and_its_order_ends_as_soon_as_there_is_a_line(till: Till) -> None:
    order, address, go_on = sell_offline(till)

    go_on()

    assert landed(till)["left"]["status"] == "ended"
    expect(till.page.locator("#till-paid-twice")).to_have_count(0)
    assert till.office.get(f"orders/{order['id']}/")["status"] == "cancelled"
    assert till.office.payments_of(order["id"]) == []
    phone = till.office.context.new_page()
    phone.goto(address)
    expect(phone.get_by_role("button", name="by card")).to_have_count(0)
    phone.close()


def test_what_was_begun_on_the_phone_before_cash_was_taken_without_a_line_is_ended_there(till: Till) -> None:
    page = till.page
    till.office.send("PUT", "offline-rules/", {"store_id": till.register["store_id"], "is_allowed": True})
    page.reload()
    till.add(0)
    order_id = till.order_id()
    till.press("By link")
    phone = till.office.context.new_page()
    phone.goto(page.locator(".till-address").inner_text())
    go_on = cut_off(till)
    phone.get_by_label("E-mail").fill("kim@example.com")
    phone.get_by_role("button", name="by card").click()
    phone.frame_locator(".framed iframe").locator("input[name=number]").wait_for()
    page.get_by_role("button", name="Pay another way").click()
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()

    go_on()

    assert landed(till)["left"]["status"] == "ended"
    assert [row["status"] in ("failed", "declined", "voided") for row in till.office.payments_of(order_id)] == [True]
    assert till.office.get(f"orders/{order_id}/")["status"] == "cancelled"
    phone.close()


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_draft_that_was_sold_offline_is_ended_unless_it_got_money_since(till: Till, is_paid: bool) -> None:
    order, _, go_on = sell_offline(till, by_link=False)
    if is_paid:
        as_another_tablet(till, f"orders/{order['id']}/payments/", PART)

    go_on()

    assert landed(till)["left"]["status"] == ("paid" if is_paid else "ended")
    assert till.office.get(f"orders/{order['id']}/")["status"] == ("open" if is_paid else "cancelled")
    assert [row["status"] for row in till.office.payments_of(order["id"])] == (["captured"] if is_paid else [])
    if is_paid:
        expect_said(till, order, f"Order {order['number']} was paid as well: €1.00.")


def test_the_link_is_withdrawn_once_the_line_is_back_while_the_sale_still_stands_here(till: Till) -> None:
    till.add(0)
    order_id = till.order_id()
    till.press("By link")
    till.page.locator(".till-address").wait_for()
    go_on = cut_off(till)
    till.page.get_by_role("button", name="Pay another way").click()
    expect(till.page.locator("#till-link-out")).to_be_visible()

    with till.page.expect_response(lambda answer: answer.url.endswith("/revoke/")) as withdrawn:
        go_on()

    assert withdrawn.value.ok
    expect(till.page.locator("#till-link-out")).to_have_count(0)
    cut_off(till)
    expect(till.page.locator("#till-link-out")).to_have_count(0)
    assert till.order_id() == order_id
