"""The process: it forgets nothing when killed, keeps to itself, and can be repeated from a seed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[4]


def test_kill_forgets_nothing_that_was_answered_and_finishes_what_was_promised(own_processor, receiver, wait):
    merchant = own_processor.open_account(webhook_url=receiver.url)
    receiver.answers = [500] * 3
    paid = [merchant.pay(100 + number) for number in range(3)]
    merchant.break_("late_landing", seconds=1)
    late = merchant.payment_body(999)
    merchant.ask_in_vain("/v1/payments", late)
    merchant.break_("leave_out", match={"reference": paid[0]["reference"]})

    own_processor.kill()
    own_processor.start()

    wait(lambda: len(merchant.truth()) == 4)
    assert [row["reference"] for row in merchant.truth()] == [*(one["reference"] for one in paid), late["reference"]]
    assert merchant.get(f"/v1/operations/{paid[0]['reference']}") == paid[0]
    assert [fault["kind"] for fault in merchant.faults()] == ["late_landing", "leave_out"]
    wait(lambda: {event["data"]["reference"] for event in receiver.events} >= {one["reference"] for one in paid})


@pytest.mark.parametrize("round_number", range(3))
def test_kill_under_load_keeps_every_answered_payment(own_processor, round_number):
    merchant = own_processor.open_account()
    answered: list[str] = []

    def keep_paying() -> None:
        with httpx.Client(base_url=own_processor.url, trust_env=False) as client:
            key = {"Authorization": f"Bearer key-{merchant.name}"}
            for _ in range(2000):
                body = merchant.payment_body()
                try:
                    answer = client.post(
                        "/v1/payments", json=body, headers=key | {"Idempotency-Key": body["reference"]}
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    answered.append(body["reference"])
                if len(answered) == 60 + 40 * round_number:
                    own_processor.kill()

    with ThreadPoolExecutor(4) as pool:
        for worker in [pool.submit(keep_paying) for _ in range(4)]:
            worker.result()
    own_processor.start()

    assert len(answered) >= 60
    assert set(answered) <= {row["reference"] for row in merchant.truth()}


def test_the_same_seed_gives_the_same_ids_and_codes(own_processor):
    first = pay_from_seed(own_processor)

    own_processor.kill()
    for file in own_processor.directory.iterdir():
        file.unlink()
    own_processor.start()

    assert pay_from_seed(own_processor) == first


def pay_from_seed(processor):
    keys = {"api_key": "seeded", "terminal_key": "seeded-t"}
    processor.control("POST", "/accounts", {"account": "repeatable", **keys})
    processor.control("POST", "/seed", {"account": "repeatable", "seed": 7})
    method = {"type": "token", "token": "tok_visa_ok"}
    body = {"reference": "r-1", "amount_minor": 500, "currency": "EUR", "method": method}
    headers = {"Authorization": "Bearer seeded", "Idempotency-Key": "r-1"}
    paid = processor.http.post("/v1/payments", json=body, headers=headers).json()
    return paid["id"], paid["auth_code"]


def test_account_settings_change_and_what_is_left_out_stays(merchant):
    merchant.processor.control("POST", "/accounts", {"account": merchant.name, "fee_basis_points": 99})

    account = merchant.control("GET", "")

    assert (account["fee_basis_points"], account["fee_fixed_minor"], account["zone"]) == (99, 10, "Europe/Berlin")
    assert merchant.pay()["status"] == "captured"


def test_moved_clock_dates_what_follows(merchant):
    merchant.control("PUT", "/clock", {"now": "2027-02-28T23:30:00+01:00"})

    assert merchant.pay()["business_date"] == "2027-02-28"


def test_control_needs_its_key_and_addresses_are_exact(shared_processor):
    http = shared_processor.http

    assert http.post("/control/accounts", json={}, headers={"X-Control-Key": "guess"}).status_code == 401
    assert http.get("/v1/truth", headers={"Authorization": "Bearer guess"}).status_code == 401
    assert http.get("/v1/nothing").status_code == 404
    assert http.delete("/v1/payments").status_code == 405
    assert http.post("/v1/payments", content=b"x" * 1_000_001).status_code == 413


def test_second_process_on_one_directory_is_refused_plainly(own_processor):
    command = [sys.executable, "-m", "payments.gateways.sandbox.processor", "--port", "1"]

    second = subprocess.run(
        [*command, "--data", str(own_processor.directory)], cwd=ROOT, capture_output=True, text=True, timeout=30
    )

    assert second.returncode == 1
    assert "Another sandbox processor is using" in second.stderr
    assert "Traceback" not in second.stderr


def test_files_are_for_the_owner_only(own_processor):
    assert own_processor.directory.stat().st_mode & 0o077 == 0
    assert (own_processor.directory / "processor.sqlite3").stat().st_mode & 0o077 == 0


def test_processor_imports_nothing_of_ours_and_no_django():
    code = (
        "import sys, payments.gateways.sandbox.processor.__main__ as m;"
        "ours = ('merchant', 'inventory', 'orders', 'payments', 'terminals', 'reports', 'django', 'celery');"
        "print([n for n in sys.modules if n.split('.')[0] in ours"
        " and not 'payments.gateways.sandbox.processor'.startswith(n)"
        " and not n.startswith('payments.gateways.sandbox.processor')])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )

    assert answer.stdout.strip() == "[]"
