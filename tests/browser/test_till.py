"""The till in a real browser: paired, sold with, pressed twice, cut off from its line, and with terminals that misbehave."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Desk
from tests.browser.installation import Installation
from tests.browser.till import PAYMENT_MS, Till

pytestmark = pytest.mark.browser
REGISTER = "MUC-2"
# Notes each state that an element passes through, also those that last for a moment.
WATCH = """([selector, attribute]) => {
  window.passed = [];
  const look = () => {
    for (const part of document.querySelectorAll(selector)) {
      const seen = attribute ? part.getAttribute(attribute) : part.innerText.replace(/\\s+/g, ' ');
      if (window.passed.at(-1) !== seen) window.passed.push(seen);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
}"""


def wait_for_terminal(till: Till) -> None:
    """The terminal has ended what it was doing."""
    for _ in range(PAYMENT_MS // 500):
        state = next(t for t in till.office.get("terminals/")["results"] if t["serial_number"] == till.serial)
        if state["state"] == "ready":
            return
        till.page.wait_for_timeout(500)
    raise AssertionError(state)


def test_a_tablet_is_paired_with_a_code_and_sells_for_cash_with_change(till: Till) -> None:
    till.add(0, 1, 0)
    due = till.due_minor()
    order_id = till.order_id()

    till.press("Cash")
    till.page.get_by_label("Given").fill(str((due + 500) // 100) + "." + f"{(due + 500) % 100:02}")
    till.press("Take cash")

    expect(till.page.locator("#till-change")).to_have_text("€5.00")
    expect(till.page.locator("#till-receipt")).to_be_visible()
    expect(till.page.locator("#till-said")).to_have_text("Paid, all of it. Change €5.00")
    [payment] = till.office.payments_of(order_id)
    assert (payment["method"], payment["amount"]["amount_minor"], payment["status"]) == ("cash", due, "captured")
    assert till.page.context.cookies() == []
    assert till.complaints == []


def test_a_barcode_scanned_where_the_given_cash_is_typed_is_no_amount_and_takes_nothing(till: Till) -> None:
    till.add(0)
    order_id = till.order_id()
    till.press("Cash")

    till.page.get_by_label("Given").fill("40063813")
    till.press("Take cash")

    expect(till.page.locator("#cash-change")).to_have_text("That is no amount.")
    assert till.office.payments_of(order_id) == []
    assert till.complaints == []


def test_a_second_tablet_of_a_till_is_told_who_sells_there_and_what_both_do_without_a_line(till: Till) -> None:
    context = till.page.context.browser.new_context(locale="en-GB")  # type: ignore[union-attr]
    page = context.new_page()
    page.goto(f"{till.office.url}/till/")
    page.get_by_label("Pairing code").fill(till.office.pairing_code(till.register["id"]))
    page.get_by_role("button", name="Pair").click()

    expect(page.get_by_text(f"Tablet {REGISTER}, paired")).to_be_visible()
    expect(page.get_by_text("give their receipts the same numbers")).to_be_visible()
    page.get_by_role("button", name="Sell with this tablet").click()
    page.locator(".till-good").first.wait_for()
    assert (
        till.page.evaluate("() => import('/static/till/api.js').then((api) => api.get('me/')).then((me) => me.kind)")
        == "register"
    )
    context.close()


def test_check_08_a_card_payment_goes_step_by_step_on_till_and_wall_alike(
    till: Till, desk: Desk, installation: Installation
) -> None:
    wait_for_terminal(till)
    desk.open("/terminals/")
    desk.page.evaluate(WATCH, [f"[id*='{till.terminal_id}']", ""])
    till.add(0)
    till.page.evaluate(WATCH, [".till-steps [aria-current]", "data-step"])
    # A small sum held against the terminal needs no PIN; one that is typed wrong first is asked for.
    installation.command(till.serial, "wrong_pin_next", tries=1)

    till.press("Card")
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)

    steps = till.page.evaluate("window.passed")
    assert [step for step in dict.fromkeys(steps) if step in ("card", "pin", "bank")] == ["card", "pin", "bank"]
    expect(till.page.locator("#till-said")).to_have_text("Paid, all of it")
    wall = " | ".join(desk.page.evaluate("window.passed"))
    assert wall.index("Waiting for card") < wall.index("PIN entry") < wall.index("Asking the bank")
    expect(till.page.locator("#till-receipt")).to_be_visible(timeout=PAYMENT_MS)
    assert till.complaints == []


def test_while_the_customer_pays_on_the_phone_nothing_else_can_be_taken_until_it_is_answered(till: Till) -> None:
    till.add(0)
    till.press("By link")
    # The address is the customer's own, on another device than the till.
    phone = till.office.context.new_page()
    phone.goto(till.page.locator(".till-address").inner_text())
    phone.get_by_label("E-mail").fill("kim@example.com")
    phone.get_by_role("button", name="by card").click()
    card = phone.frame_locator(".framed iframe")
    card.locator("input[name=number]").fill("4000000000009995")

    till.page.get_by_role("button", name="Pay another way").click()

    expect(till.paying.get_by_text("The customer is paying on the phone.")).to_be_visible()
    ways = till.paying.locator(".till-actions button")
    assert [way.is_disabled() for way in ways.all()] == [True] * ways.count()
    card.locator("form:has(input[name=number]) button[type=submit]").first.click()
    expect(till.paying.get_by_role("button", name="Cash", exact=True)).to_be_enabled(timeout=PAYMENT_MS)
    expect(till.page.locator("#till-said")).to_have_text(
        "The payment on the phone ended. It can be paid another way now."
    )
    till.press("Cancel the order")
    till.page.get_by_role("dialog").get_by_role("button", name="Cancel the order").click()
    assert till.complaints == []


def test_a_payment_on_the_phone_is_ended_and_the_money_taken_another_way_once(till: Till) -> None:
    till.add(0)
    till.press("By link")
    phone = till.office.context.new_page()
    phone.goto(till.page.locator(".till-address").inner_text())
    phone.get_by_label("E-mail").fill("kim@example.com")
    phone.get_by_role("button", name="by card").click()
    card = phone.frame_locator(".framed iframe")
    card.locator("input[name=number]").fill("4111111111111111")
    # The phone hears of nothing until its customer presses.
    asked = str(phone.locator("[data-poll]").get_attribute("data-poll"))
    phone.route(f"**{asked}*", lambda route: route.abort())
    till.page.get_by_role("button", name="Pay another way").click()
    order_id = till.order_id()

    till.paying.get_by_role("button", name="End the payment on the phone").dblclick()

    expect(till.paying.get_by_role("button", name="Cash", exact=True)).to_be_enabled(timeout=PAYMENT_MS)
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.page.locator("#till-change")).to_be_visible()
    card.locator("form:has(input[name=number]) button[type=submit]").first.click()
    expect(phone.get_by_text("Paid").first).to_be_visible(timeout=PAYMENT_MS)
    taken = [(row["method"], row["status"]) for row in till.office.payments_of(order_id)]
    assert sorted(taken) == [("card", "declined"), ("cash", "captured")]
    assert till.complaints == []


def test_check_09_an_outcome_nobody_knows_locks_the_order_and_resolves_by_itself(
    till: Till, installation: Installation
) -> None:
    wait_for_terminal(till)
    till.add(0)
    # The customer takes a while; the line goes meanwhile, and nobody knows what the card was asked for.
    installation.command(till.serial, "wrong_pin_next", tries=1)
    till.press("Card")
    till.page.locator("[data-step=card][aria-current]").wait_for(timeout=PAYMENT_MS)
    installation.command(till.serial, "drop", seconds=3)

    expect(till.paying.get_by_text("Outcome unknown")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.paying.get_by_text("Do not charge again.")).to_be_visible()
    assert till.paying.get_by_role("button").all_inner_texts() == ["Ask now"]
    assert till.page.locator(".till-good").first.is_disabled()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    assert [payment["status"] for payment in till.office.payments_of(till.order_id())] == ["captured"]


def test_check_10_pay_pressed_twice_or_reloaded_makes_exactly_one_payment(till: Till) -> None:
    wait_for_terminal(till)
    till.add(0)
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.dblclick()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    paid_in_cash = till.order_id()
    till.press("Next sale")

    till.add(1)
    by_card = till.order_id()
    till.paying.get_by_role("button", name="Card", exact=True).dblclick()
    till.page.locator(".till-tenders .is-now").wait_for()
    till.page.reload()
    till.page.locator(".till-tenders").first.wait_for()
    till.page.reload()

    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible(timeout=PAYMENT_MS)
    for order_id in (paid_in_cash, by_card):
        assert [payment["status"] for payment in till.office.payments_of(order_id)] == ["captured"]


def test_check_11_a_second_tender_that_fails_leaves_the_first_paid_and_shows_the_rest(
    till: Till, installation: Installation
) -> None:
    wait_for_terminal(till)
    till.add(0, 1)
    due, order_id = till.due_minor(), till.order_id()
    till.press("Split")
    till.page.get_by_label("Amount of the next payment").fill("2.00")
    till.page.locator("dialog").get_by_role("button", name="Done").click()
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Rest to pay")).to_be_visible()
    installation.command(till.serial, "decline_next")

    till.press("Card")

    expect(till.paying.get_by_text("Declined")).to_be_visible(timeout=PAYMENT_MS)
    expect(till.page.locator(".till-tenders li").first).to_contain_text("Paid")
    assert till.due_minor() == due - 200
    statuses = [(payment["method"], payment["status"]) for payment in till.office.payments_of(order_id)]
    assert sorted(statuses) == [("card_present", "declined"), ("cash", "captured")]
    till.press("Give back and cancel")
    till.page.locator("dialog").get_by_role("button", name="Give back and cancel").click()
    expect(till.page.get_by_text("Scan an article or press one.")).to_be_visible()
    order = till.office.get(f"orders/{order_id}/")
    assert (order["status"], order["refunded"]["amount_minor"]) == ("cancelled", 200)


# The lines of the order once the server has all of the cart.
SYNCED_LINES = """async () => {
    const sales = await import('/static/till/sale.js');
    while (!sales.isSynced()) await new Promise((later) => setTimeout(later, 20));
    return sales.sale.order.lines;
}"""


def test_an_amount_the_split_cannot_take_is_refused_at_its_field_which_keeps_the_focus(till: Till) -> None:
    page = till.page
    till.add(0, 1)
    due = till.due_minor()
    till.press("Split")
    dialog, amount = page.get_by_role("dialog"), page.get_by_label("Amount of the next payment")
    euros = f"€{due / 100:.2f}"
    for typed, said in (
        ("abc", "This is no amount; write it like 12.50."),
        ("1.234", "This is no amount; write it like 12.50."),
        ("0", "This is no amount; write it like 12.50."),
        (f"{(due + 1) / 100:.2f}", f"At most {euros}."),
        ("", "This is needed."),
    ):
        amount.fill(typed)
        for send in (lambda: amount.press("Enter"), lambda: dialog.get_by_role("button", name="Done").click()):
            send()
            expect(dialog.get_by_role("alert")).to_have_text(said)
            expect(amount).to_be_focused()
            expect(amount).to_have_attribute("aria-invalid", "true")
            expect(amount).to_have_value(typed)
    assert till.office.payments_of(till.order_id()) == []

    amount.fill("1,50")
    amount.press("Enter")
    expect(page.locator("#till-due")).to_have_text("€1.50")
    assert till.complaints == []


def test_pieces_that_cannot_be_are_refused_at_their_field_and_the_line_stays(till: Till) -> None:
    page = till.page
    till.add(0)
    due = till.due_minor()
    page.locator(".till-line-price").first.click()
    pieces = page.get_by_label("Quantity")
    for typed, said in (
        ("", "This is no number of pieces."), ("two", "This is no number of pieces."), ("10000", "At most 9999 pieces."),
    ):  # fmt: skip
        pieces.fill(typed)
        pieces.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(said)
        expect(pieces).to_be_focused()
    assert till.due_minor() == due
    pieces.fill("3")
    pieces.press("Enter")

    till.wait_until_priced()
    assert till.due_minor() == 3 * due


def test_each_guest_pays_for_their_own_goods_and_the_cents_of_the_bill_add_up(till: Till) -> None:
    till.add(0, 0, 0, 1)
    order_id = till.order_id()
    lines = till.page.evaluate(SYNCED_LINES)
    three = next(line for line in lines if line["quantity"] == 3)
    other = next(line for line in lines if line["quantity"] == 1)
    dialog = till.page.locator("dialog")
    till.press("Split")
    dialog.get_by_role("button", name=f"More: {three['name']}").dblclick()
    mine = round(three["total_minor"] * 2 / 3)
    expect(dialog.get_by_label("Amount of the next payment")).to_have_value(f"{mine / 100:.2f}")
    dialog.get_by_role("button", name="Done").click()
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Rest to pay")).to_be_visible()

    till.press("Split")
    # One piece of three is left to choose, and all of the other line.
    dialog.get_by_role("button", name=f"More: {three['name']}").click()
    expect(dialog.get_by_role("button", name=f"More: {three['name']}")).to_be_disabled()
    dialog.get_by_role("button", name=f"More: {other['name']}").click()
    rest = three["total_minor"] - mine + other["total_minor"]
    expect(dialog.get_by_label("Amount of the next payment")).to_have_value(f"{rest / 100:.2f}")
    dialog.get_by_role("button", name="Done").click()
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()

    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    amounts = [payment["amount"]["amount_minor"] for payment in till.office.payments_of(order_id)]
    assert sorted(amounts) == sorted([mine, rest])
    assert till.complaints == []


def test_check_28_what_is_sold_in_flight_mode_survives_reload_and_power_and_is_sent_once(
    till: Till, installation: Installation
) -> None:
    page, context = till.page, till.page.context
    till.office.send("PUT", "offline-rules/", {"store_id": till.register["store_id"], "is_allowed": True})
    page.reload()
    page.locator(".till-good").first.wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    for place in (0, 1):
        page.locator(".till-good").nth(place).click()
        till.press("Cash")
        page.locator(".till-notes .btn").first.click()
        expect(till.paying.get_by_text("Sold; kept on this tablet")).to_be_visible()
        till.press("Next sale")
        expect(page.get_by_text("Scan an article or press one.")).to_be_visible()
    expect(page.locator(".till-line")).to_contain_text("2 to send")

    page.reload()
    expect(page.locator(".till-line")).to_contain_text("2 to send")
    page.close()
    page = context.new_page()
    page.goto(f"{installation.url}/till/")
    expect(page.locator(".till-line")).to_contain_text("2 to send")
    page.locator(".till-good").nth(2).click()
    page.locator(".till-pay").get_by_role("button", name="Cash", exact=True).click()
    page.locator(".till-notes .btn").first.click()
    expect(page.locator(".till-line")).to_contain_text("3 to send")
    context.set_offline(False)

    expect(page.locator(".till-line")).to_have_text("Online, all sent", timeout=PAYMENT_MS)
    # The sale that is still shown has its receipt now.
    expect(page.locator(".till-pay").get_by_text("Paid, all of it")).to_be_visible()
    expect(page.locator(".till-pay").get_by_role("button", name="Print", exact=True)).to_be_visible()
    expect(page.get_by_text("kept on this tablet")).to_have_count(0)
    rows = page.evaluate("() => import('/static/till/queue.js').then((queue) => queue.answered())")
    assert [row["answer"]["status"] for row in rows] == [201, 201, 201]
    receipts = [row["answer"]["body"]["receipt"]["number"] for row in rows]
    assert receipts == sorted(set(receipts))
    for row in rows:
        [payment] = till.office.payments_of(row["answer"]["body"]["order"]["id"])
        assert (payment["method"], payment["status"]) == ("cash", "captured")


SALE = "() => import('/static/till/store.js').then((store) => store.get('sale'))"
# The whole tablet from its image: its store, and the page as it opens from that.
RESTORED = "(sale) => import('/static/till/store.js').then((store) => store.put('sale', sale))"
# Only its memory, as a machine that was stopped and goes on: the page does not know that time has passed.
WOKEN = "(sale) => import('/static/till/sale.js').then((sales) => sales.begin(sale))"
NEW_SALE = "This is a new sale: nothing of it is paid."


def sold_since(till: Till, *, before: str) -> tuple[dict[str, Any], str]:
    """Sell one article and return the memory of the tablet from before it was paid (`order`), begun at the server (`cart`) or pressed (`empty`), and its order."""
    images = {"empty": till.page.evaluate(SALE)}
    till.page.context.set_offline(True)
    till.page.locator(".till-good").nth(0).click()
    till.page.locator("#till-due").wait_for()
    images["cart"] = till.page.evaluate(SALE)
    till.page.context.set_offline(False)
    till.wait_until_priced()
    images["order"] = till.page.evaluate(SALE)
    order_id = till.order_id()
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    till.press("Next sale")
    assert images["cart"]["order"] is None and images["order"]["order"]["status"] == "draft"
    return dict(images[before]), order_id


@pytest.mark.parametrize(
    ("before", "how", "pressed"),
    [("order", RESTORED, 1), ("cart", RESTORED, 1), ("order", WOKEN, 1), ("order", WOKEN, 0), ("empty", WOKEN, 0)],
    ids=["opened", "opened before it was begun", "woken", "woken, one more", "woken before it was pressed"],
)
def test_a_tablet_put_back_to_before_a_sale_that_is_paid_sells_what_is_in_its_cart_anew(
    till: Till, before: str, how: str, pressed: int
) -> None:
    # Two sales, so that the first memory is of a tablet that has sold before.
    sold_since(till, before="order")
    image, paid_id = sold_since(till, before=before)
    [paid] = till.office.payments_of(paid_id)
    number = till.office.get(f"orders/{paid_id}/")["number"]

    till.page.evaluate(how, image)
    if how == RESTORED:
        till.page.reload()
    till.page.locator(".till-good").nth(pressed).click()

    notice = till.page.locator(".till-cart .notice", has_text=NEW_SALE)
    expect(notice).to_be_visible(timeout=PAYMENT_MS)
    expect(notice).to_contain_text(number)
    till.wait_until_priced()
    expect(till.paying.get_by_role("button", name="Complete: nothing to pay")).to_have_count(0)
    due, new_id = till.due_minor(), till.order_id()
    assert new_id != paid_id
    assert due == till.office.get(f"orders/{new_id}/")["total"]["amount_minor"] > 0
    till.press("Cash")
    till.page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Paid, all of it")).to_be_visible()
    assert [row["amount"]["amount_minor"] for row in till.office.payments_of(new_id)] == [due]
    assert till.office.payments_of(paid_id) == [paid]
    till.press("Next sale")
    expect(notice).to_have_count(0)


def test_on_a_phone_the_menu_is_in_sight_and_escape_closes_it(till: Till) -> None:
    till.page.set_viewport_size({"width": 320, "height": 700})
    opener = till.page.locator(".till-menu > summary")

    opener.click()
    box = till.page.locator(".till-menu-sheet").bounding_box()
    till.page.keyboard.press("Escape")

    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    expect(till.page.locator(".till-menu[open]")).to_have_count(0)
    expect(opener).to_be_focused()


def test_what_is_told_while_the_till_is_about_to_ask_is_asked_for_after_it(till: Till) -> None:
    page, lines, asked = till.page, list[WebSocketRoute](), list[float]()
    page.route_web_socket("**/ws/v1/**", lambda line: lines.append(line))
    page.reload()
    expect(page.locator("#till-scan")).to_be_visible()
    for _ in range(PAYMENT_MS // 100):
        if lines:
            break
        page.wait_for_timeout(100)
    page.on("request", lambda request: asked.append(time.monotonic()) if request.url.endswith("/till/shift/") else None)

    def tell(kind: str, seq: int) -> None:
        event = {"seq": seq, "topic": f"register:{till.register['id']}", "event": {"kind": kind}}
        lines[-1].send(json.dumps(event))

    tell("shift.closed", 1)
    page.wait_for_timeout(1000)
    tell("register.training_begun", 2)
    told = time.monotonic()
    page.wait_for_timeout(3000)

    # The server's processes agree about it after a second.
    assert asked[-1] - told > 1


def test_the_icons_are_in_the_page_and_not_asked_for_at_every_drawing(till: Till) -> None:
    asked: list[str] = []
    till.page.locator("use[href^='#icon-']").first.wait_for(state="attached")
    till.page.on("request", lambda request: asked.append(request.url) if "icons.svg" in request.url else None)

    till.add(0)

    hrefs = till.page.locator("use").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert {href.split("-")[0] for href in hrefs} == {"#icon"}
    assert asked == []
