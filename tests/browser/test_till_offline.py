"""Receipts of a till without a line: numbered in its register's own series, printed there, and the same in the books afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.till import PAYMENT_MS, Till, redeem

pytestmark = pytest.mark.browser
REGISTER = "MUC-2"
ALL_SENT = "Online, all sent"
# A revoked token is refused by every process within a second; before that the old one could still land the sale.
REVOKED_MS = 1_100
TAKE_NUMBERS = """async ([register, prefix]) => {
  const store = await import("/static/till/store.js");
  const make = (number) => ({ row: { key: `${prefix}-${number}-${Math.random()}`, path: "nowhere/", body: { number }, status: "sent", answer: { status: 201, body: {} } }, value: number });
  const rows = await Promise.all(Array.from({ length: 25 }, () => store.addNumbered("queue", "test-value", register, make)));
  for (const row of rows) await store.remove("queue", row.seq);
  return rows.map((row) => row.body.number);
}"""


def without_a_line(till: Till) -> int:
    """Let the store sell without a line, cut it, and return the last number of the register's receipts."""
    till.office.send("PUT", "offline-rules/", {"store_id": till.register["store_id"], "is_allowed": True})
    till.page.reload()
    till.page.locator(".till-good").first.wait_for()
    till.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    last = last_number(till)
    till.page.evaluate(KNOWS, [till.register["id"], last])
    till.page.context.set_offline(True)
    return last


# Waits by itself: Playwright takes the promise of an asynchronous predicate for a yes.
KNOWS = """async ([register, last]) => {
  const store = await import("/static/till/store.js");
  while ((await store.get("receipt-numbers"))?.[register] !== last) await new Promise((later) => setTimeout(later, 20));
}"""
TOLD = """async () => {
  const queue = await import("/static/till/queue.js");
  while (!queue.answered().some((row) => row.told === 1)) await new Promise((later) => setTimeout(later, 20));
}"""


def last_number(till: Till) -> int:
    return int(till.office.register(REGISTER)["last_receipt_number"])


def sell(page: Page, place: int) -> str:
    """Sell one piece for the next bank note, and return what the till says of its receipt."""
    page.locator(".till-good").nth(place).click()
    pay = page.locator(".till-pay")
    pay.get_by_role("button", name="Cash", exact=True).click()
    page.locator(".till-notes .btn").nth(1).click()
    return pay.locator("#till-receipt").inner_text().strip()


def paper(page: Page) -> Locator:
    """The receipt as this till draws it."""
    page.locator(".till-pay").get_by_role("button", name="Print", exact=True).click()
    return page.frame_locator("iframe.counter-paper").locator("#till-paper")


def answers(page: Page) -> list[dict[str, Any]]:
    """What the server said of each sale that was sent, oldest first."""
    rows = page.evaluate("() => import('/static/till/queue.js').then((queue) => queue.answered())")
    return [row["answer"]["body"]["receipt"] for row in sorted(rows, key=lambda row: row["seq"])]


def as_the_tablet(till: Till, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """What another hand does with this register while its till has no line."""
    token = till.page.evaluate("() => import('/static/till/store.js').then((store) => store.get('token'))")
    answer = till.office.context.request.fetch(
        f"{till.office.url}/api/v1/{path}",
        method=method,
        data=data,
        headers={"Authorization": f"Device {token}", "Idempotency-Key": f"elsewhere-{path}"},
    )
    assert answer.ok, (path, answer.status, answer.text())
    return dict(answer.json())


def test_a_sale_without_a_line_has_its_number_at_once_and_keeps_it_in_the_books(till: Till) -> None:
    page, context = till.page, till.page.context
    last = without_a_line(till)

    assert sell(page, 0) == f"Receipt {last + 1}"
    drawn = paper(page)
    expect(drawn.get_by_role("heading")).to_have_text(f"Receipt Till 2-{last + 1}")
    for words in ("Made at the till without a connection", "VAT no. DE811234567", "Change", "19 %", "Till 2 (MUC-2)"):
        expect(drawn.get_by_text(words).first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Print on this tablet").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(paper(page).locator(".copy")).to_have_text("COPY 1")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    # The power goes: what was given stays given.
    page.close()
    page = context.new_page()
    till.page = page
    page.goto(f"{till.office.url}/till/")
    expect(page.locator("#till-receipt")).to_have_text(f"Receipt {last + 1}")
    page.get_by_role("button", name="Next sale").click()
    assert sell(page, 1) == f"Receipt {last + 2}"
    context.set_offline(False)

    expect(page.locator(".till-line")).to_have_text(ALL_SENT, timeout=PAYMENT_MS)
    expect(page.get_by_text("in the books it is")).to_have_count(0)
    landed = answers(page)
    assert [(row["number"], row["printed_number"]) for row in landed] == [(last + 1, last + 1), (last + 2, last + 2)]
    assert last_number(till) == last + 2
    # It was printed here, so the server's next print of it is a copy.
    page.evaluate(TOLD)
    printed = as_the_tablet(till, "POST", f"receipts/{landed[0]['id']}/prints/", {})
    assert printed["number"] == 2


def test_a_number_that_another_paper_took_meanwhile_is_said_and_nothing_is_lost(till: Till) -> None:
    page, context = till.page, till.page.context
    till.add(0)
    order_id = till.order_id()
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    till.press("Next sale")
    line = as_the_tablet(till, "GET", f"orders/{order_id}/")["lines"][0]
    last = without_a_line(till)
    body = {"lines": [{"line_id": line["id"], "quantity": 1}], "reason": "wrong size"}
    as_the_tablet(till, "POST", f"orders/{order_id}/returns/", body)

    assert sell(page, 0) == f"Receipt {last + 1}"
    context.set_offline(False)

    expect(page.locator(".till-line")).to_have_text(ALL_SENT, timeout=PAYMENT_MS)
    said = f"Printed as {last + 1}; in the books it is {last + 2}."
    expect(till.paying.get_by_text(said)).to_be_visible()
    page.locator(".till-badge").click()
    expect(page.locator(".till-queue").get_by_text(said)).to_be_visible()
    [landed] = answers(page)
    assert (landed["number"], landed["printed_number"], last_number(till)) == (last + 2, last + 1, last + 2)


def test_cash_whose_answer_was_lost_leaves_its_number_to_the_server_and_the_next_sale_takes_the_one_after(
    till: Till,
) -> None:
    page, context = till.page, till.page.context
    last = without_a_line(till)
    context.set_offline(False)
    till.add(0)

    def landed_unheard(route: Route) -> None:
        route.fetch()
        context.set_offline(True)
        route.abort()

    page.route("**/payments/", landed_unheard)
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Sold; kept on this tablet")).to_be_visible()
    expect(page.locator("#till-receipt")).to_have_count(0)
    slip = paper(page)
    expect(slip.get_by_text("This is not the receipt yet")).to_be_visible()
    expect(slip.get_by_role("heading")).to_have_text("Provisional slip")
    page.get_by_role("dialog").get_by_role("button", name="Print on this tablet").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.unroute("**/payments/")
    till.press("Next sale")

    assert sell(page, 1) == f"Receipt {last + 2}"
    paper(page)
    page.get_by_role("dialog").get_by_role("button", name="Print on this tablet").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    context.set_offline(False)

    expect(page.locator(".till-line")).to_have_text(ALL_SENT, timeout=PAYMENT_MS)
    landed = answers(page)
    assert [row["number"] for row in landed] == [last + 1, last + 2]
    # The slip was no receipt, so what is printed now is the original; the receipt that was printed here with its number is not.
    page.evaluate(TOLD)
    page.locator(".till-badge").click()
    page.get_by_role("button", name="Print the receipt").click()
    receipt = page.frame_locator("iframe.counter-paper")
    expect(receipt.get_by_text(f"Till 2-{last + 1}")).to_be_visible()
    expect(receipt.get_by_text("COPY")).to_have_count(0)
    prints = [as_the_tablet(till, "POST", f"receipts/{row['id']}/prints/", {})["number"] for row in landed]
    assert prints == [2, 2]


def test_cash_for_a_part_whose_answer_was_lost_is_sent_again_until_it_is_answered_and_the_rest_stays_to_be_paid(
    till: Till,
) -> None:
    page, keys = till.page, list[str]()
    till.add(0, 1)
    due, order_id = till.due_minor(), till.order_id()
    till.press("Split")
    page.get_by_label("Amount of the next payment").fill("2.00")
    page.locator("dialog").get_by_role("button", name="Done").click()

    def landed_unheard_twice(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 3:
            route.continue_()
        else:
            route.fetch()
            route.abort()

    page.route("**/payments/", landed_unheard_twice)
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()

    expect(till.paying.get_by_text("Rest to pay")).to_be_visible(timeout=PAYMENT_MS)
    assert (len(keys), len(set(keys))) == (3, 1)
    assert till.due_minor() == due - 200
    [payment] = till.office.payments_of(order_id)
    assert (payment["amount"]["amount_minor"], payment["status"]) == (200, "captured")
    assert page.evaluate("() => import('/static/till/queue.js').then((queue) => queue.waiting().length)") == 0
    page.unroute("**/payments/")
    page.reload()
    expect(till.paying.get_by_text("Rest to pay")).to_be_visible()
    till.press("Give back and cancel")
    page.locator("dialog").get_by_role("button", name="Give back and cancel").click()
    expect(page.get_by_text("Scan an article or press one.")).to_be_visible()


def test_a_number_of_one_till_is_not_taken_to_another(till: Till) -> None:
    page, context = till.page, till.page.context
    last = without_a_line(till)
    sell(page, 0)
    other = till.office.register("MUC-1")
    device = next(
        row
        for row in till.office.get("devices/")["results"]
        if row["register_id"] == till.register["id"] and not row["revoked_at"]
    )
    till.office.send("POST", f"devices/{device['id']}/revocations/")
    page.wait_for_timeout(REVOKED_MS)
    context.set_offline(False)
    # The line is back before the tablet is paired anew: what it sends with the revoked token is refused.
    with page.expect_response(lambda answer: "/till/batch/" in answer.url and answer.ok) as taken:
        redeem(page, till.office.pairing_code(other["id"]))

    [operation] = taken.value.request.post_data_json["operations"]
    assert "receipt_number" not in operation["body"]
    assert operation["body"]["note"] == f"Till 2-{last + 1}"
    expect(page.locator(".till-line")).to_have_text(ALL_SENT, timeout=PAYMENT_MS)
    [landed] = answers(page)
    assert (landed["printed_number"], last_number(till)) == (None, last)


def test_two_tabs_never_give_the_same_number(till: Till) -> None:
    other = till.page.context.new_page()
    other.goto(f"{till.office.url}/static/till/till.css")
    register = "00000000-0000-7000-8000-000000000000"
    till.page.evaluate(
        "(register) => import('/static/till/store.js').then((store) => store.raiseNumber(register, 7))", register
    )
    begun = "([register, prefix]) => { window.given = (" + TAKE_NUMBERS + ")([register, prefix]); }"

    till.page.evaluate(begun, [register, "one"])
    other.evaluate(begun, [register, "other"])
    given = [*till.page.evaluate("window.given"), *other.evaluate("window.given")]

    assert sorted(given) == list(range(8, 58))
