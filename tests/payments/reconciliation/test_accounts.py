"""Accounts of files: a new merchant adds them on a page or over REST, and from then on their files are taken in; no payment is ever sent there."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.tenancy import acting_for
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, StatementFile
from payments.routing import queries as routing
from payments.settlement.models import ReportFile, UnknownFile
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.books import NOW, Books
from tests.payments.reconciliation.statements import Entry, statement

pytestmark = pytest.mark.django_db

IBAN = "FR14 2004 1010 0505 0001 3M02 606"
ADYEN = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"
    "Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),"
    "Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number\n"
    "Halden,HaldenPOS,8816218744102211,H-1,visa,2026-11-20 10:00:00,CET,Settled,8816218744102212,EUR,,10.00,1,EUR,,9.80,0.20,,,,7\n"
    "Halden,HaldenPOS,,,,2026-11-20 23:00:00,CET,MerchantPayout,,EUR,,,1,EUR,9.80,,,,,,7\n"
)


@pytest.fixture
def owner(books: Books):
    return signed_in(a_staff_member(books.merchant, role="owner"))


def add(client, kind, **fields):
    return client.post(f"/imports/accounts/{kind}/", {"idempotency_key": str(uuid4()), **fields})


def send(client, name, data, account=""):
    return client.post("/imports/", {"file": SimpleUploadedFile(name, data), "account": account})


def test_a_bank_account_is_added_and_its_statement_recognised_by_the_number(books, owner):
    data = statement([Entry(1)], iban=IBAN.replace(" ", ""))
    assert b"Imports, Accounts" in send(owner, "bank.xml", data).content

    answer = add(owner, "bank", name="Paris", number=IBAN, currency="eur")

    assert (answer.status_code, answer["Location"]) == (302, "/imports/")
    page = owner.get("/imports/accounts/").content.decode()
    assert "Paris" in page and "…2606" in page and "20041010" not in page
    send(owner, "bank.xml", data)
    with acting_for(books.merchant.id):
        assert StatementFile.objects.get().bank_account.name == "Paris"


@pytest.mark.parametrize(
    ("number", "currency", "why"),
    [
        ("FR1420041010050500013M02607", "EUR", "check digits"),
        ("12", "EUR", "4 to 34"),
        ("5805-6201", "EURO", "ISO 4217"),
    ],
)
def test_a_bank_account_that_cannot_be_is_refused_and_nothing_is_saved(books, owner, number, currency, why):
    answer = add(owner, "bank", name="Paris", number=number, currency=currency)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    with acting_for(books.merchant.id):
        assert BankAccount.objects.count() == 1


def test_the_same_number_twice_is_refused(books, owner):
    add(owner, "bank", name="Paris", number=IBAN, currency="EUR")

    answer = add(owner, "bank", name="Again", number=IBAN.replace(" ", ""), currency="EUR")

    assert answer.status_code == 422
    assert "Paris has that number" in answer.content.decode()


def test_an_account_at_adyen_is_added_its_report_taken_in_and_no_payment_goes_there(books, owner):
    refused = send(owner, "adyen.csv", ADYEN.encode())
    assert refused.status_code == 422
    assert "none of your accounts is HaldenPOS" in refused.content.decode()
    with acting_for(books.merchant.id):
        before = [account.id for account in routing.list_accounts(now=NOW)]

    add(owner, "processor", processor="adyen", name="Adyen shops", external_id="HaldenPOS", currency="EUR")
    answer = send(owner, "adyen.csv", ADYEN.encode())

    assert answer.status_code == 302
    with acting_for(books.merchant.id):
        assert ReportFile.objects.get().gateway_account.name == "Adyen shops"
        assert [account.id for account in routing.list_accounts(now=NOW)] == before


def test_a_table_with_gross_fee_and_net_is_not_taken_for_stripe_but_waits_for_its_columns(books, owner):
    add(owner, "processor", processor="other", name="Vipps", external_id="vipps", currency="EUR")
    with acting_for(books.merchant.id):
        account = GatewayAccount.objects.get(gateway="other")
    table = b"Date,Type,Txn,Order,Gross,Fee,Net,Currency\n2026-11-20,SALE,T1,ABC,100.00,1.50,98.50,EUR\n"

    send(owner, "vipps.csv", table, account=f"gateway:{account.id}")

    with acting_for(books.merchant.id):
        assert UnknownFile.objects.get().account_id == account.id
        assert not ReportFile.objects.exists()


def test_a_manager_sees_the_accounts_and_adds_none(books):
    client = signed_in(a_staff_member(books.merchant, role="manager"))

    answer = add(client, "bank", name="Paris", number=IBAN, currency="EUR")

    assert answer.status_code == 403
    with acting_for(books.merchant.id):
        assert BankAccount.objects.count() == 1


def test_both_are_added_over_rest_once_for_each_key(owner):
    bank = {"name": "Paris", "number": IBAN, "currency": "EUR"}
    stripe = {"processor": "stripe", "name": "Stripe web", "external_id": "acct_1", "currency": "EUR"}

    def post(path, body, key):
        return owner.post(
            f"/api/v1/{path}/", body, content_type="application/json", headers={"Idempotency-Key": key * 20}
        )

    first, same, other = (
        post("bank-accounts", bank, "a"),
        post("bank-accounts", bank, "a"),
        post("report-accounts", stripe, "b"),
    )

    assert [answer.status_code for answer in (first, same, other)] == [201, 201, 201]
    assert first.json() == same.json()
    assert other.json()["takes_payments"] is False
    listed = owner.get("/api/v1/report-accounts/").json()["data"]
    assert [one["name"] for one in listed if one["gateway"] == "stripe"] == ["Stripe web"]
