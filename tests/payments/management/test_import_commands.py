"""The two import commands as a person or a script runs them: what is printed where, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.payments.reconciliation.formats.builders import an_mt940
from tests.payments.settlement.formats.builders import MAKERS, Sale, a_report

_ROOT = Path(settings.BASE_DIR)
_SAMPLES = Path(os.environ.get("TILLSYN_SHARED", _ROOT.parent / "shared")) / "data"
_needs_samples = pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the public samples are not here")


def _run(capsys: pytest.CaptureFixture[str], command: str, path: Path) -> dict[str, Any]:
    """Run a command in this process and return the one document it printed."""
    try:
        call_command(command, str(path), "--dry-run", "--json")
    except CommandError as error:
        assert error.returncode == 2
    return json.loads(capsys.readouterr().out)


def _differences(document: dict[str, Any]) -> list[int | None]:
    return [item["difference_minor"] for item in document.get("batches", document.get("statements"))]


def test_a_dry_run_needs_no_database_and_prints_exactly_the_document(tmp_path: Path) -> None:
    path = tmp_path / "no-telling-name"
    path.write_bytes(a_report(MAKERS[0], [Sale(1250, 31)]))
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}

    command = [sys.executable, "manage.py", "import_report", str(path), "--dry-run", "--json"]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "format": "sandbox-settlement",
        "status": "balanced",
        "rows": 2,
        "row_failures": [],
        "batches": [
            {
                "reference": "b-7",
                "currency": "EUR",
                "net_minor": 1219,
                "payout_minor": 1219,
                "difference_minor": 0,
                "status": "balanced",
            }
        ],
        "totals": {"EUR": {"gross_minor": 1250, "fee_minor": 31, "net_minor": 1219}},
        "original_totals": {},
        "duplicate_of": None,
    }


@pytest.mark.parametrize("command", ["import_report", "import_statement"])
def test_a_refusal_prints_its_line_on_both_outputs_and_leaves_exit_code_two(command: str, tmp_path: Path) -> None:
    path = tmp_path / "settlement_detail_report.csv"
    path.write_bytes(b"name,age\r\nEve,41\r\n")

    arguments = [sys.executable, "manage.py", command, str(path), "--dry-run", "--json"]
    done = subprocess.run(arguments, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)

    document = json.loads(done.stdout)
    assert (done.returncode, document["format"], document["status"]) == (2, None, "refused")
    assert document["row_failures"][0]["line"] == 1
    assert "line 1: " in done.stderr


def test_a_statement_is_printed_by_its_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "statement"
    path.write_bytes(an_mt940([500, -20]))

    document = _run(capsys, "import_statement", path)

    assert document == {
        "format": "mt940",
        "status": "balanced",
        "statements": [
            {
                "account": "SE4550000000058398257466",
                "currency": "EUR",
                "number": "17",
                "from": "2026-11-20",
                "to": "2026-11-20",
                "opening_minor": 1000,
                "closing_minor": 1480,
                "entries": 2,
                "sum_minor": 480,
                "difference_minor": 0,
                "status": "balanced",
            }
        ],
        "row_failures": [],
        "duplicate_of": None,
    }


@pytest.mark.parametrize("command", ["import_report", "import_statement"])
def test_storing_needs_an_account(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        call_command(command, str(tmp_path / "any"))

    assert caught.value.returncode == 2


@pytest.mark.parametrize("command", ["import_report", "import_statement"])
def test_a_file_that_is_not_there_is_refused(command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run(capsys, command, tmp_path / "missing")["row_failures"][0]["code"] == "file_unreadable"


@_needs_samples
@pytest.mark.parametrize(
    ("name", "status", "rows", "differences"),
    [
        ("adyen/settlement_detail_report_donation.csv", "balanced", 2, [0]),
        ("adyen/settlement_detail_report_refund.csv", "out_of_balance", 3, [-683]),
        ("adyen/settlement_detail_report_chargeback.csv", "out_of_balance", 3, [-883]),
        ("adyen/settlement_detail_report_deposit_correction.csv", "balanced", 2, [None]),
        ("stripe/settlement_report_giving_basket.csv", "balanced", 2, [None]),
        ("paypal/stl.csv", "out_of_balance", 5, [None, 560]),
        ("paypal/trr_express_checkout_refund.csv", "balanced", 1, [None]),
        ("adyen/payments_accounting_report_nyce.csv", "balanced", 4, [None]),
        (
            "checkoutcom/settlement-breakdown_ent_testcheckoutfixture_20260702_00000003k599_1.csv",
            "balanced",
            9,
            [None],
        ),
        # The payout is 79.51 and its own totals make 79.45: no more than rounding seven totals explains, and told.
        ("checkoutcom/payouts_ent_testcheckoutfixture_20260701_20260702_1(1)-1.csv", "balanced", 1, [-6]),
    ],
)
def test_public_reports_add_up_as_their_publishers_left_them(
    name: str, status: str, rows: int, differences: list[int | None], capsys: pytest.CaptureFixture[str]
) -> None:
    document = _run(capsys, "import_report", _SAMPLES / "psp-settlement" / name)

    assert (document["status"], document["rows"], _differences(document)) == (status, rows, differences)
    assert document["row_failures"] == []


@_needs_samples
@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("adyen/settlement_detail_report_donation.csv", {"USD": (100, 24, 76)}),
        ("adyen/settlement_detail_report_chargeback.csv", {"USD": (-100, 380, -480)}),
        ("adyen/payments_accounting_report_nyce.csv", {"USD": (1040, 38, 1002)}),
        ("stripe/settlement_report_giving_basket.csv", {"USD": (180511, 95, 180416)}),
        ("paypal/stl.csv", {"AUD": (5735, 300, 5435), "GBP": (700, 40, 660)}),
        ("paypal/trr_express_checkout_refund.csv", {"JPY": (-150, -43, -107)}),
        (
            "checkoutcom/settlement-breakdown_ent_testcheckoutfixture_20260702_00000003k599_1.csv",
            {"USD": (8500, 550, 7950)},
        ),
        ("checkoutcom/payouts_ent_testcheckoutfixture_20260701_20260702_1(1)-1.csv", {"USD": (8500, 555, 7945)}),
    ],
)
def test_public_reports_have_the_totals_of_their_rows(
    name: str, totals: dict[str, tuple[int, int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    document = _run(capsys, "import_report", _SAMPLES / "psp-settlement" / name)

    assert {currency: tuple(sums.values()) for currency, sums in document["totals"].items()} == totals


@_needs_samples
@pytest.mark.parametrize(
    ("name", "status", "differences"),
    [
        ("camt/camt053.v2.multi.statement.xml", "balanced", [0, 0]),
        ("camt/bankstatementparser-camt.053.001.02.xml", "balanced", [0]),
        ("camt/camt053.v2.five.decimals.xml", "out_of_balance", [-5]),
        ("camt/camt053.v2.minimal.xml", "out_of_balance", [None]),
        ("camt/camt053.v8.xml", "out_of_balance", [None]),
        ("camt/camt054.v8.xml", "unproven", [None]),
        ("ofx/bank_medium.ofx", "unproven", [None]),
        ("ofx/stmtrs.ofx", "unproven", [None]),
        ("ofx/stmtrs_euro.ofx", "unproven", [None]),
        ("bgmax/minimal.txt", "balanced", [0]),
        ("bgmax/isolated_deposit.txt", "unproven", [0]),
        ("mt940/citi.txt", "balanced", [0]),
        ("mt940/mbank.sta", "balanced", [0]),
        ("mt940/february_30.sta", "balanced", [0]),
        ("mt940/abnamro-does-not-balance.sta", "out_of_balance", [203800, 100260]),
        ("mt940/sepa_snippet.sta", "out_of_balance", [0, -30008]),
    ],
)
def test_public_statements_add_up_as_their_publishers_left_them(
    name: str, status: str, differences: list[int | None], capsys: pytest.CaptureFixture[str]
) -> None:
    document = _run(capsys, "import_statement", _SAMPLES / "bank" / name)

    assert (document["status"], _differences(document)) == (status, differences)


@_needs_samples
@pytest.mark.parametrize(
    ("name", "words"),
    [("bai2/sample1.txt", "a BAI2 balance report"), ("coda/ontvangen-coda-2012.txt", "a CODA statement")],
)
def test_public_statements_that_are_not_read_are_named(
    name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = _run(capsys, "import_statement", _SAMPLES / "bank" / name)

    [failure] = document["row_failures"]
    assert (document["status"], failure["code"]) == ("refused", "other_statement")
    assert words in failure["message"]
