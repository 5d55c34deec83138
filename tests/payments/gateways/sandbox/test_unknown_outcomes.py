"""Requests that end without an answer, and how their caller finds out."""

from __future__ import annotations


def test_landed_time_out_is_found_by_reference_and_replays(merchant):
    body = merchant.payment_body(1250, "tok_timeout_landed")

    merchant.ask_in_vain("/v1/payments", body)

    assert merchant.get(f"/v1/operations/{body['reference']}")["status"] == "captured"
    again = merchant.ask("POST", "/v1/payments", body)
    assert (again.status_code, again.json()["status"]) == (200, "captured")
    assert len(merchant.truth()) == 1


def test_time_out_that_did_not_land_is_not_found(merchant):
    body = merchant.payment_body(1250, "tok_timeout_not_landed")

    merchant.ask_in_vain("/v1/payments", body)

    answer = merchant.ask("GET", f"/v1/operations/{body['reference']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert merchant.truth() == []


def test_late_landing_appears_after_it_was_not_found(merchant, wait):
    merchant.break_("late_landing", seconds=1)
    body = merchant.payment_body()

    merchant.ask_in_vain("/v1/payments", body)

    assert merchant.ask("GET", f"/v1/operations/{body['reference']}").status_code == 404
    assert merchant.ask("POST", "/v1/payments", body).json()["code"] == "in_progress"
    landed = wait(lambda: merchant.truth())
    assert [(row["reference"], row["status"]) for row in landed] == [(body["reference"], "captured")]
    assert merchant.ask("POST", "/v1/payments", body).json()["status"] == "captured"


def test_cancel_before_landing_keeps_it_from_ever_landing(merchant, wait):
    merchant.break_("late_landing", seconds=1)
    body = merchant.payment_body()
    merchant.ask_in_vain("/v1/payments", body)

    cancelled = merchant.ask("POST", f"/v1/operations/{body['reference']}/cancel").json()
    merchant.break_("late_landing", seconds=1.2)
    witness = merchant.payment_body()
    merchant.ask_in_vain("/v1/payments", witness)
    landed = wait(lambda: merchant.truth())

    assert cancelled == {"result": "cancelled", "operation": None}
    assert [row["reference"] for row in landed] == [witness["reference"]]
    assert merchant.ask("POST", "/v1/payments", body).json()["code"] == "reference_cancelled"


def test_cancel_after_landing_takes_the_money_back_out(merchant):
    for capture, before in (("automatic", "captured"), ("manual", "authorised")):
        paid = merchant.pay(1250, capture=capture)
        assert paid["status"] == before

        cancelled = merchant.ask("POST", f"/v1/operations/{paid['reference']}/cancel").json()
        again = merchant.ask("POST", f"/v1/operations/{paid['reference']}/cancel").json()

        assert (cancelled["result"], cancelled["operation"]["status"]) == ("cancelled", "cancelled")
        assert again == cancelled
        assert merchant.get(f"/v1/payments/{paid['id']}")["captured_minor"] == 0
    assert merchant.close_day()["report"]["rows"] == 0


def test_cancel_of_a_settled_sale_is_already_final_and_moves_nothing(merchant):
    paid = merchant.pay(1250)
    merchant.close_day()

    answer = merchant.ask("POST", f"/v1/operations/{paid['reference']}/cancel").json()

    assert answer == {"result": "already_final", "operation": paid}
    assert merchant.get(f"/v1/payments/{paid['id']}")["captured_minor"] == 1250
    assert [row["kind"] for row in merchant.truth()] == ["authorise"]


def test_cancel_of_a_decline_is_already_final(merchant):
    declined = merchant.pay(1250, "tok_decline_lost")

    answer = merchant.ask("POST", f"/v1/operations/{declined['reference']}/cancel").json()

    assert (answer["result"], answer["operation"]["status"]) == ("already_final", "declined")


def test_cancelled_refund_and_capture_give_their_room_back(merchant):
    held = merchant.pay(1000, capture="manual")
    capture = merchant.follow_up("captures", held["id"], 1000).json()
    refund = merchant.follow_up("refunds", held["id"], 400).json()

    early = merchant.ask("POST", f"/v1/operations/{capture['reference']}/cancel").json()
    first = merchant.ask("POST", f"/v1/operations/{refund['reference']}/cancel").json()
    second = merchant.ask("POST", f"/v1/operations/{capture['reference']}/cancel").json()

    assert [early["result"], first["result"], second["result"]] == ["already_final", "cancelled", "cancelled"]
    payment = merchant.get(f"/v1/payments/{held['id']}")
    assert (payment["authorised_minor"], payment["captured_minor"], payment["refunded_minor"]) == (1000, 0, 0)


def test_error_500_then_ok_succeeds_on_the_second_try(merchant):
    body = merchant.payment_body(1250, "tok_error_500_then_ok")

    assert merchant.ask("POST", "/v1/payments", body).status_code == 500
    assert merchant.truth() == []
    assert merchant.ask("POST", "/v1/payments", body).json()["status"] == "captured"


def test_time_outs_by_fault_strike_the_matching_operation_and_are_listed(merchant):
    paid = merchant.pay(1000)
    merchant.break_("timeout_after", match={"operation": "refund"})
    refund = {"reference": merchant.new_reference(), "amount_minor": 300}

    merchant.pay(500)
    merchant.ask_in_vain(f"/v1/payments/{paid['id']}/refunds", refund)

    assert merchant.get(f"/v1/operations/{refund['reference']}")["status"] == "succeeded"
    hit = {"reference": refund["reference"], "order_reference": "", "amount_minor": 300, "detail": "refund"}
    assert [fault["applied"] for fault in merchant.faults()] == [[hit]]


def test_nth_counts_candidates(merchant):
    merchant.break_("error_500", match={"nth": 3})

    answers = [merchant.ask("POST", "/v1/payments", merchant.payment_body()).status_code for _ in range(4)]

    assert answers == [201, 201, 500, 201]


def test_look_ups_are_refused_while_the_status_api_is_down(merchant, wait):
    paid = merchant.pay()
    merchant.break_("status_down", seconds=1)

    down = merchant.ask("GET", f"/v1/operations/{paid['reference']}")

    assert (down.status_code, down.json()["code"]) == (503, "status_unavailable")
    assert merchant.pay()["status"] == "captured"
    assert wait(lambda: merchant.ask("GET", f"/v1/operations/{paid['reference']}").status_code == 200)


def test_results_taken_back_later_free_their_room(merchant, wait):
    paid = merchant.pay(1000)
    merchant.break_("refund_fails_late", seconds=0.2)
    merchant.break_("capture_fails_late", seconds=0.2)

    refund = merchant.follow_up("refunds", paid["id"], 400).json()
    sale = merchant.pay(700)

    assert (refund["status"], sale["status"]) == ("succeeded", "captured")
    assert wait(lambda: merchant.get(f"/v1/operations/{refund['reference']}")["status"] == "failed")
    assert wait(lambda: merchant.get(f"/v1/operations/{sale['reference']}")["status"] == "failed")
    assert merchant.get(f"/v1/payments/{paid['id']}")["refunded_minor"] == 0
    assert merchant.get(f"/v1/payments/{sale['id']}")["captured_minor"] == 0
