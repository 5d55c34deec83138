"""What the till does for one customer, and when it is cut off: whose order it is, the receipt by mail, gift cards, no line, no token."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.till import PAYMENT_MS, Till, redeem

pytestmark = pytest.mark.browser
REGISTER = "MUC-1"


def test_a_new_customer_stays_on_a_parked_order_and_gets_the_receipt_by_mail_once(till: Till) -> None:
    page, name = till.page, f"Mara Lind {uuid.uuid4().hex[:6]}"
    email = f"mara-{uuid.uuid4().hex[:6]}@example.com"
    page.get_by_role("button", name="Add a customer").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Note and put on the order").click()
    expect(page.get_by_text("An e-mail address or a phone number is needed.")).to_be_visible()
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button", name="Note and put on the order").click()
    expect(page.locator(".till-buyer")).to_have_text(name)
    till.add(0)
    page.locator("[data-screen=parked]").click()
    page.get_by_label("Name for it").fill(name)
    page.get_by_role("button", name="Park it").click()
    expect(page.get_by_text("Scan an article or press one.")).to_be_visible()

    page.get_by_role("button", name="Add a customer").click()
    page.get_by_label("Name, e-mail").fill(email)
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name="Put on the order", exact=True).click()
    expect(page.get_by_role("heading", name="Open carts of this customer")).to_be_visible()
    page.locator("[data-screen=parked]").click()
    parked = page.get_by_role("listitem").filter(has_text=name)
    parked.get_by_role("button", name="Go on here").click()
    expect(page.locator(".till-lines li")).to_have_count(1)
    expect(page.locator(".till-buyer")).to_have_text(name)
    order_id = till.order_id()
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    page.get_by_role("button", name="Receipt by mail").click()
    field = page.get_by_role("dialog").get_by_label("E-mail")
    expect(field).to_have_value(email)
    field.fill("mara@")
    page.get_by_role("button", name="Send the receipt").click()
    expect(page.get_by_text("“mara@” is no e-mail address.")).to_be_visible()
    field.fill(email)
    page.get_by_role("button", name="Send the receipt").dblclick()

    expect(page.get_by_text(f"Sent to {email}")).to_be_visible(timeout=PAYMENT_MS)
    [sent] = till.office.get(f"messages/?about=order:{order_id}")["results"]
    assert (sent["recipient"], sent["status"]) == (email, "delivered")
    assert [one for one in till.complaints if "422" not in one] == []


def test_a_gift_card_is_sold_paid_and_then_has_its_amount(till: Till) -> None:
    page, printed = till.page, f"GIFT-{uuid.uuid4().hex[:12].upper()}"
    page.locator("[data-focus=good-gift-card]").click()
    page.get_by_role("button", name="€25.00").click()
    page.get_by_role("button", name="Put on the order").click()
    page.locator("[data-focus=good-gift-card]").click()
    page.get_by_label("Amount").fill("40")
    page.get_by_label("Number of the card").fill(printed)
    page.get_by_role("button", name="Put on the order").click()
    till.wait_until_priced()
    assert till.due_minor() == 6500

    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    expect(page.get_by_text(f"€40.00 is on the gift card …{printed[-4:]} now.")).to_be_visible()
    made = page.locator(".counter-code b").inner_text()
    till.press("Next sale")
    page.locator("[data-focus=good-gift-card]").click()
    for code, amount in ((made, "€25.00"), (printed, "€40.00")):
        page.get_by_label("Code of the gift card").fill(code)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".amounts b")).to_have_text(amount)
    assert [one for one in till.complaints if "422" not in one] == []


def test_what_is_left_on_a_gift_card_stands_beside_its_payment_and_on_the_paid_sale(till: Till) -> None:
    page, code = till.page, _sold_card(till)
    left = f"Left on card •{code.replace('-', '').replace(' ', '')[-4:]}: €21.50"
    till.press("Next sale")
    till.add(0, 1)

    till.press("Split")
    page.get_by_label("Amount of the next payment").fill("3.50")
    page.get_by_role("button", name="Done").click()
    till.press("Gift card")
    page.locator("#gift-code").fill(code)
    page.locator("#gift-code").press("Enter")
    expect(page.locator(".till-tenders")).to_contain_text(left)
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()

    expect(page.locator("[data-left]")).to_have_text(left)
    assert till.complaints == []


def test_a_sold_gift_card_is_printed_and_comes_back_unspent_for_its_money_once(till: Till) -> None:
    page, code = till.page, _sold_card(till)
    page.get_by_role("button", name="Print the card").click()
    expect(page.frame_locator(".counter-paper").get_by_text(code)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    order_id = till.order_id()
    number = till.office.get(f"orders/{order_id}/")["number"]
    till.press("Next sale")

    page.locator("[data-screen=return]").first.click()
    for _once in range(2):
        page.get_by_label("Receipt or order").first.fill(number)
        page.get_by_role("button", name="Find", exact=True).click()
        if _once:
            break
        page.get_by_label(f"Take gift card …{code[-4:]} back").check()
        page.get_by_label("Reason").first.fill("unwanted")
        page.get_by_role("button", name="Give back €25.00").dblclick()
        expect(page.get_by_text("Taken back").first).to_be_visible()
        page.get_by_role("button", name="To the sale").first.click()
        page.locator("[data-screen=return]").first.click()

    expect(page.get_by_text("All of it came back").first).to_be_visible()
    [paid] = till.office.payments_of(order_id)
    assert (paid["status"], paid["refunded"]["amount_minor"]) == ("refunded", 2500)
    assert till.complaints == []


def test_a_store_that_sells_nothing_offline_says_so_before_and_names_who_changes_it(till: Till) -> None:
    page, store = till.page, {"store_id": till.register["store_id"]}
    till.office.send("PUT", "offline-rules/", {**store, "is_allowed": False})
    page.reload()
    page.locator(".till-good").first.wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    order = [tile.get_attribute("data-sku") for tile in page.locator(".till-good").all()]
    page.context.set_offline(True)
    page.locator(".till-good").first.click()

    expect(till.paying.get_by_text("This store does not sell without a connection.")).to_be_visible()
    expect(till.paying.get_by_text("An owner or manager can allow it")).to_be_visible()
    assert till.paying.get_by_role("button", name="Cash", exact=True).is_disabled()
    page.locator(".till-menu > summary").click()
    page.locator(".till-menu [data-screen=shift]").click()
    expect(page.get_by_text("A shift is opened, counted and closed with the connection only")).to_be_visible()
    page.context.set_offline(False)
    till.office.send("PUT", "offline-rules/", {**store, "is_allowed": True})
    page.reload()
    page.locator(".till-good").first.wait_for()
    assert [tile.get_attribute("data-sku") for tile in page.locator(".till-good").all()] == order


def test_a_tablet_that_is_unpaired_while_open_says_so_keeps_what_it_has_and_goes_on_when_paired_again(
    till: Till,
) -> None:
    page, register = till.page, till.register["id"]
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.locator(".till-good").first.click()
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    expect(till.paying.get_by_text("Sold; kept on this tablet")).to_be_visible()
    till.press("Next sale")
    page.locator(".till-good").nth(1).click()
    devices = till.office.get("devices/")["results"]
    mine = max((one for one in devices if one["register_id"] == register), key=lambda one: str(one["id"]))
    till.office.send("POST", f"devices/{mine['id']}/revocations/")
    page.context.set_offline(False)

    expect(page.get_by_text("This tablet is no longer paired.")).to_be_visible(timeout=PAYMENT_MS)
    expect(page.get_by_text("1 to send")).to_be_visible()
    redeem(page, till.office.pairing_code(register))
    expect(page.locator(".till-line")).to_have_text("Online, all sent", timeout=PAYMENT_MS)
    expect(page.locator(".till-lines li")).to_have_count(1)
    [row] = page.evaluate("() => import('/static/till/queue.js').then((queue) => queue.answered())")
    assert row["answer"]["status"] == 201


def _sold_card(till: Till) -> str:
    """Sell a gift card of €25.00 for cash, leave the paid sale on screen and return the code as it is printed."""
    page = till.page
    page.locator("[data-focus=good-gift-card]").click()
    page.get_by_role("button", name="€25.00").click()
    page.get_by_role("button", name="Put on the order").click()
    till.wait_until_priced()
    till.press("Cash")
    page.locator(".till-notes .btn").first.click()
    return page.locator(".counter-code b").inner_text()
