"""What was charged beside what was agreed: row by row, per card, with interchange passed on, per month."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.core import db
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from payments.fees import services as fee_services
from payments.fees.models import FeeContract, FeePrice
from payments.fees.pricing import Price, Terms
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.fee_audit.services import Period
from payments.reconciliation.models import Deviation
from payments.records.models import Payment
from payments.settlement import services as settlement
from payments.settlement.models import FeeParts
from reports.exports.formats import fees as fee_claim
from reports.exports.formats.base import Narrowed
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import (
    a_fee_contract,
    a_gateway_account,
    a_refund,
    a_staff_member,
    an_authorised_payment,
)
from tests.payments.settlement import reports
from tests.payments.settlement.formats.builders import ADYEN_HEADER, Sale, adyen_rows, written
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db


def fees():
    rows = Deviation.objects.filter(kind="fee", status="open").order_by("reference")
    return [(row.reference, row.amount_minor, row.expected_minor, row.found_minor) for row in rows]


def test_a_card_of_its_own_price_is_held_against_that_price(books):
    contract = a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    FeePrice.objects.create(contract=contract, place=0, brand="amex", basis_points=250, fixed_minor=0)
    amex, dear, other = [an_authorised_payment(books.account, minor=10000) for _ in range(3)]
    Payment.objects.filter(id__in=[amex.payment_id, dear.payment_id]).update(card_brand="amex")
    rows = [
        Row(10000, amex.reference, fee=250),
        Row(10000, dear.reference, fee=280),
        Row(10000, other.reference, fee=165),
    ]

    books.take_report(report(rows))
    books.reconcile()

    assert fees() == [(dear.reference, -30, 250, 280)]


def test_interchange_and_scheme_fees_are_passed_on_as_the_report_gives_them(books):
    account = a_gateway_account(books.merchant, gateway="adyen", external_id="BakeryPOS")
    a_fee_contract(account, pricing="interchange_plus", basis_points=10, fixed_minor=10)
    sales = [an_authorised_payment(account, minor=minor) for minor in (10000, 20000)]
    rows = adyen_rows([Sale(10000, 47), Sale(20000, 99)])
    for row, sale, (interchange, scheme, markup) in zip(rows, sales, ((20, 7, 20), (40, 14, 45)), strict=False):
        row |= {
            "Modification Reference": sale.reference, "Interchange (NC)": f"0.{interchange}", "Scheme Fees (NC)": f"0.{scheme:02}",
            "Markup (NC)": f"0.{markup}", "Payment Method Variant": "visastandarddebit",
        }  # fmt: skip
    path = reports.on_disk(books.folder, written(ADYEN_HEADER, rows).encode())

    taken = settlement.import_report(path=path, account_id=account.id, name="adyen.csv", now=books.now)
    books.reconcile()

    assert taken.report.status == "posted"
    parts = FeeParts.objects.order_by("line_id").values_list(
        "brand", "card_kind", "interchange_minor", "scheme_minor", "markup_minor", "commission_minor"
    )
    assert list(parts) == [("visa", "debit", 20, 7, 20, 0), ("visa", "debit", 40, 14, 45, 0)]
    # 0.40 + 0.14 as reported, and 0.20 + 0.10 of our own agreement.
    assert fees() == [(sales[1].reference, -15, 84, 99)]


def test_a_chargeback_and_a_month_cost_what_was_agreed(books):
    a_fee_contract(books.account, basis_points=0, fixed_minor=0, chargeback_fixed_minor=1500, monthly_minor=2500)
    sale = an_authorised_payment(books.account, minor=10000)
    day = date(2026, 11, 1)
    books.take_report(
        report([Row(0, "monthly", type="fee", fee=2900)], batch="1", payout="po_1", day=day), name="1.csv"
    )
    rows = [Row(10000, sale.reference), Row(-10000, sale.reference, type="chargeback", fee=2000)]
    books.take_report(report(rows, batch="2", payout="po_2", day=date(2026, 11, 30)), name="2.csv")
    books.reconcile()

    assert fees() == [("2026-11", -400, 2500, 2900), (sale.reference, -500, 1500, 2000)]


def test_without_a_contract_and_where_it_says_nothing_no_fee_is_judged(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference, fee=900), Row(0, "monthly", type="fee", fee=2900)]))
    books.reconcile()

    assert fees() == []


NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_the_audit_says_where_how_much_and_why(books):
    contract = a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    FeePrice.objects.create(contract=contract, place=0, brand="amex", basis_points=250, fixed_minor=0, minimum_minor=50)
    plain, small, free = (
        an_authorised_payment(books.account, minor=10000),
        an_authorised_payment(books.account, minor=1000),
        an_authorised_payment(books.account, minor=2000),
    )
    Payment.objects.filter(id=plain.payment_id).update(card_brand="visa")
    Payment.objects.filter(id=small.payment_id).update(card_brand="amex")
    refund = a_refund(plain, minor=500)
    rows = [
        Row(10000, plain.reference, fee=180), Row(1000, small.reference, fee=60), Row(2000, free.reference, fee=40), Row(-500, refund.reference, type="refund", fee=7),
    ]  # fmt: skip
    books.take_report(report(rows))
    books.reconcile()

    found = {
        row["cause"]: (row["rows"], row["over_minor"], row["under_minor"])
        for row in fee_audit.list_over_charges(NOVEMBER)
    }
    judgement = fee_audit.sum_judgement(NOVEMBER)

    assert found == {"rate": (1, 15, 0), "minimum": (1, 10, 0), "unknown_brand": (1, 0, 13), "fixed": (1, 7, 0)}
    # The payout's row is judged by nothing: the contract does not speak of payouts.
    assert judgement == [{"currency": "EUR", "rows": 5, "unjudged": 1, "charged_minor": 287, "expected_minor": 268}]
    assert sum(amount for _, amount, _, _ in fees()) == 268 - 287
    [row] = fee_audit.list_differing(NOVEMBER, cause="minimum", side="over", most=10)
    assert (row["reference"], row["charged_minor"], row["expected_minor"], row["over_minor"]) == (
        small.reference,
        60,
        50,
        10,
    )
    assert fee_audit.list_differing(NOVEMBER, cause="minimum", side="under", most=10) == []


def test_a_dearer_fixed_part_is_told_from_a_dearer_rate(books):
    a_fee_contract(books.account, basis_points=100, fixed_minor=10)
    other = a_gateway_account(books.merchant)
    a_fee_contract(other, basis_points=100, fixed_minor=10)
    fixed = [an_authorised_payment(books.account, minor=minor) for minor in (1000, 5000)]
    books.take_report(report([Row(1000, fixed[0].reference, fee=25), Row(5000, fixed[1].reference, fee=65)]))
    rate = [an_authorised_payment(other, minor=minor) for minor in (1000, 5000)]
    data = report([Row(1000, rate[0].reference, fee=22), Row(5000, rate[1].reference, fee=70)])
    settlement.import_report(
        path=reports.on_disk(books.folder, data, "2"), account_id=other.id, name="2", now=books.now
    )
    books.reconcile()

    found = {
        row["gateway_account_id"]: (row["cause"], row["over_minor"]) for row in fee_audit.list_over_charges(NOVEMBER)
    }

    assert found == {books.account.id: ("fixed", 10), other.id: ("rate", 12)}


def test_effective_rates_tell_sales_and_fees_by_method_and_account(books):
    sale = an_authorised_payment(books.account, minor=10000)
    till = an_authorised_payment(books.account, minor=5000)
    Payment.objects.filter(id=till.payment_id).update(method="card_present")
    books.take_report(report([Row(10000, sale.reference, fee=165), Row(5000, till.reference, fee=45)]))
    books.reconcile()

    rates = {
        row["method"]: (row["sales"], row["volume_minor"], row["charged_minor"])
        for row in fee_audit.list_rates(NOVEMBER)
    }

    assert rates == {"card": (1, 10000, 165), "card_present": (1, 5000, 45), "": (0, 0, 0)}
    assert fee_audit.list_rates(Period(date(2026, 10, 1), date(2026, 10, 31))) == []


def test_a_contract_entered_late_judges_what_was_settled_before_and_a_better_one_clears_it(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference, fee=165)]))
    books.reconcile()
    assert fees() == []
    again = {"account_id": books.account.id, "since": date(2026, 1, 1), "today": date(2026, 11, 22), "now": books.now}

    contract = a_fee_contract(books.account, basis_points=100, fixed_minor=0)
    assert fee_audit.audit_again(**again) == 1
    assert fee_audit.audit_again(**again) == 0
    assert fees() == [(sale.reference, -65, 100, 165)]

    contract.basis_points, contract.fixed_minor = 140, 25
    contract.save()
    assert fee_audit.audit_again(**again) == 1
    assert fees() == []


def test_a_dry_run_says_what_the_month_would_have_cost(books):
    a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    ahead = a_fee_contract(books.account, basis_points=100, fixed_minor=10, valid_from=date(2027, 1, 1))
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 5000)]
    books.take_report(report([Row(10000, sales[0].reference, fee=165), Row(5000, sales[1].reference, fee=95)]))
    books.reconcile()

    told = fee_audit.dry_run(contract_id=ahead.id, period=NOVEMBER)

    assert told == {"rows": 3, "unjudged": 1, "volume_minor": 15000, "charged_minor": 260, "expected_minor": 170}


@pytest.fixture
def dear(books):
    """A payment that was charged 15 cents too much."""
    a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference, fee=180)]))
    books.reconcile()
    return sale


def test_the_report_the_rows_and_the_dry_run_are_pages(books, dear):
    accountant = signed_in(a_staff_member(books.merchant, role="accountant"))
    days = "date_from=2026-11-01&date_to=2026-11-30"
    contract = FeeContract.objects.get()

    whole = accountant.get(f"/fees/?{days}").content.decode()
    rows = accountant.get(f"/fees/rows/?{days}&cause=rate&side=over").content.decode()
    run = accountant.get(f"/fees/contracts/{contract.id}/dry-run/?{days}")

    assert "1.80%" in whole
    assert ">November 2026</td>" in whole and ">2026-11<" not in whole
    assert "cause=rate" in whole
    assert dear.reference in rows and "+" in rows
    assert run.status_code == 200
    assert accountant.get("/fees/?date_from=nonsense").status_code == 400


def test_rest_tells_the_same(books, dear):
    accountant = signed_in(a_staff_member(books.merchant, role="accountant"))
    days = "date_from=2026-11-01&date_to=2026-11-30"

    told = accountant.get(f"/api/v1/fees/report/?{days}").json()
    rows = accountant.get(f"/api/v1/fees/rows/?{days}&side=over").json()["data"]

    assert [(row["cause"], row["over_minor"]) for row in told["differences"]] == [("rate", 15)]
    assert [row["rate_millionths"] for row in told["rates"] if row["method"] == "card"] == [18000]
    assert [(row["reference"], row["expected_minor"], row["charged_minor"]) for row in rows] == [
        (dear.reference, 165, 180)
    ]
    assert accountant.get("/api/v1/fees/report/").status_code == 400


def test_the_claim_file_has_every_over_charge_and_its_total(books, dear):
    accountant = signed_in(a_staff_member(books.merchant, role="accountant"))

    claim = [
        fee_claim.build_claim(Narrowed({})),
        fee_claim.build_claim(Narrowed({"cause": "fixed"})),
        fee_claim.build_all(Narrowed({})),
    ]
    found = [
        [
            tuple(row)
            for row in db.rows(
                f"SELECT e.row, e.reference, e.expected_minor, e.charged_minor, e.over_minor {one.source} ORDER BY {one.order}",
                one.parameters,
            )
        ]
        for one in claim
    ]
    totals = db.rows(claim[0].totals, claim[0].parameters)

    assert found[0] == [("fee", dear.reference, 165, 180, 15), ("total", "1 rows", 165, 180, 15)]
    assert found[1] == []
    assert ("fee", dear.reference, 165, 180, 15) in found[2]
    assert totals == [("EUR", 2, "165", "180", "15")]
    assert accountant.get("/exports/new/?subject=fee_claim&cause=rate&date_from=2026-11-01").status_code == 200


def test_whoever_refunds_sees_the_fee_that_is_lost(books, dear):
    contract = FeeContract.objects.get()
    contract.refund_fixed_minor = 30
    contract.save()
    waiting = an_authorised_payment(books.account, minor=2000)
    manager = signed_in(a_staff_member(books.merchant, role="manager"))

    settled, expected = [manager.get(f"/payments/{one.payment_id}/refund/").content.decode() for one in (dear, waiting)]

    assert "The processor keeps its fee of €1.80. Refunding costs another €0.30." in settled
    assert "The processor keeps its fee of about €0.53." in expected


def test_a_changed_contract_asks_for_an_audit_once(books, dear):
    asked = {"account_id": books.account.id, "currency": "", "note": "", "today": date(2026, 11, 22), "now": books.now}
    fee_services.agree_contract(valid_from=date(2026, 11, 20), terms=Terms(Price(180, 0)), **asked)

    deliver_events()
    job = Job.objects.get(kind=fee_audit.AUDIT_JOB)
    jobs.run(job.id)

    assert job.payload == {"gateway_account_id": str(books.account.id), "since": "2026-11-20"}
    assert fees() == []


@pytest.mark.parametrize(
    ("fees", "named"),
    [
        ((10, 0), []),  # once a payment
        ((10, 10), []),  # once a row
        ((10, 15), [-5]),
        ((25, 10), [-15]),
        ((5, 0), [5]),
    ],
)
def test_the_fees_of_a_payment_in_parts_are_judged_together(books, fees, named):
    a_fee_contract(books.account, basis_points=0, fixed_minor=10)
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(6_000, sale.reference, fee=fees[0]), Row(4_000, sale.reference, fee=fees[1])]))
    books.reconcile()
    again = books.reconcile()

    found = Deviation.objects.filter(kind="fee", status="open")
    assert list(found.values_list("amount_minor", flat=True)) == named
    assert again.exceptions_changed == 0
    audited = fee_audit.audit_again(
        account_id=books.account.id, since=date(2026, 11, 1), today=books.now.date(), now=books.now
    )
    assert audited == 0
    assert list(found.all().values_list("amount_minor", flat=True)) == named


def test_the_fee_of_a_first_part_is_judged_anew_once_the_rest_has_come(books):
    a_fee_contract(books.account, basis_points=100, fixed_minor=0)
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(6_000, sale.reference, fee=60)]))
    books.reconcile()
    assert Deviation.objects.filter(kind="fee", status="open").count() == 1

    rest = report([Row(4_000, sale.reference, fee=40)], batch="2", payout="po_20261121", day=date(2026, 11, 21))
    books.take_report(rest, "rest.csv")
    books.reconcile()

    assert not Deviation.objects.filter(kind="fee", status="open").exists()
