"""Versions of contracts: entered, changed before they hold, and never after."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from payments.fees import queries, services
from payments.fees.models import FeeContract
from payments.fees.pages import cost_words
from payments.fees.pricing import Price, Terms
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_merchant, a_staff_member

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC)
TERMS = Terms(
    Price(140, 25),
    (Price(90, 5, brand="visa", region="domestic"), Price(250, 0, brand="amex")),
    refund_fixed_minor=30,
    monthly_minor=2500,
)
FORM = {
    "valid_from": "2026-12-01", "pricing": "interchange_plus", "percent": "0,20", "fixed": "0.04", "minimum": "", "maximum": "", "refund": "0.05",
    "chargeback": "15.00", "payout": "", "monthly": "", "note": "renewed", "currency": "", "brand_0": "amex", "percent_0": "2.5", "percent_1": "",
    "idempotency_key": "a-key",
}  # fmt: skip


@pytest.fixture
def account(merchant):
    return a_gateway_account(merchant)


def agree(account, *, valid_from=TODAY, terms=TERMS, currency=""):
    with acting_for(account.merchant_id):
        return services.agree_contract(
            account_id=account.id, currency=currency, valid_from=valid_from, terms=terms, note="", today=TODAY, now=NOW
        )


def change(contract, *, valid_from=date(2027, 1, 1), terms=TERMS):
    with acting_for(contract.merchant_id):
        return services.change_contract(
            contract_id=contract.id, valid_from=valid_from, terms=terms, note="", today=TODAY, now=NOW
        )


def test_a_version_says_what_was_agreed_and_ends_where_the_next_begins(account):
    first, second = agree(account), agree(account, valid_from=date(2026, 12, 1), currency="EUR")

    with acting_for(account.merchant_id):
        versions = list(queries.list_contracts())
        assert [(one.id, one.valid_until) for one in versions] == [(second.id, None), (first.id, date(2026, 12, 1))]
        assert queries.terms_of(versions[1]) == TERMS
        assert AuditEntry.objects.filter(action="fee_contract.agreed").count() == 2


@pytest.mark.parametrize(
    "terms",
    [
        Terms(Price(-1, 0)),
        Terms(Price(5001, 0)),
        Terms(Price(0, 0, 100, 50)),
        Terms(Price(0, 0), (Price(100, 0),)),
        Terms(Price(0, 0), (Price(100, 0, brand="visa"), Price(90, 0, brand="visa"))),
        Terms(Price(0, 0), pricing="free"),
        Terms(Price(0, 0), monthly_minor=-1),
    ],
)
def test_terms_that_cannot_be_are_refused(account, terms):
    with pytest.raises(services.ContractRefused):
        agree(account, terms=terms)

    assert not FeeContract.across_merchants.exists()


def test_a_version_begins_after_the_last_one(account):
    agree(account)

    for day in (TODAY, date(2026, 1, 1), date(2031, 1, 1)):
        with pytest.raises(services.ContractRefused):
            agree(account, valid_from=day)
    assert FeeContract.across_merchants.count() == 1


def test_what_is_in_force_cannot_be_changed_and_what_is_ahead_can(account):
    held, ahead = agree(account), agree(account, valid_from=date(2026, 12, 1))

    with pytest.raises(services.ContractInForce):
        change(held)
    with pytest.raises(services.ContractRefused):
        change(ahead, valid_from=TODAY)
    changed = change(ahead, terms=Terms(Price(100, 0)))

    assert (changed.basis_points, changed.valid_from, changed.prices.count()) == (100, date(2027, 1, 1), 0)
    assert FeeContract.across_merchants.get(id=held.id).basis_points == 140


def test_an_accountant_enters_a_version_once_and_reads_it(merchant, account):
    accountant = signed_in(a_staff_member(merchant, role="accountant"))

    answers = [accountant.post("/fees/contracts/new/", FORM | {"account": str(account.id)}) for _ in range(2)]

    contract = FeeContract.across_merchants.get()
    assert {answer["Location"] for answer in answers} == {f"/fees/contracts/{contract.id}/"}
    with acting_for(merchant.id):
        terms = queries.terms_of(queries.get_contract(contract.id))
    assert terms == Terms(
        Price(20, 4),
        (Price(250, 0, brand="amex"),),
        pricing="interchange_plus",
        refund_fixed_minor=5,
        chargeback_fixed_minor=1500,
    )
    page = accountant.get(f"/fees/contracts/{contract.id}/").content.decode()
    assert "0.20% + €0.04" in page
    assert "American Express" in page
    assert account.name in accountant.get("/fees/contracts/").content.decode()


def test_a_price_reads_as_the_language_writes_percentages_and_money():
    price = Price(140, 25)

    assert cost_words(price, "EUR", locale="en") == "1.40% + €0.25"
    assert cost_words(price, "EUR", locale="de") == "1,40\xa0% + 0,25\xa0€"


@pytest.mark.parametrize("percent", ["1e1", "2_5", "NaN"])
def test_a_percentage_that_is_not_written_out_is_refused(merchant, account, percent):
    accountant = signed_in(a_staff_member(merchant, role="accountant"))

    answer = accountant.post("/fees/contracts/new/", FORM | {"account": str(account.id), "percent": percent})

    assert answer.status_code == 422
    assert not FeeContract.across_merchants.exists()


def test_a_form_that_cannot_be_understood_keeps_what_was_typed(merchant, account):
    accountant = signed_in(a_staff_member(merchant, role="accountant"))

    answer = accountant.post("/fees/contracts/new/", FORM | {"account": str(account.id), "percent_0": "2.555"})

    assert answer.status_code == 422
    assert "2.555" in answer.content.decode()
    assert not FeeContract.across_merchants.exists()


def test_a_version_is_changed_by_its_form_until_it_holds(merchant, account):
    manager = signed_in(a_staff_member(merchant, role="manager"))
    ahead, held = (
        agree(account, valid_from=date(2027, 6, 1)),
        agree(a_gateway_account(merchant), valid_from=date(2020, 1, 1)),
    )

    assert manager.get(f"/fees/contracts/{ahead.id}/change/").status_code == 200
    assert manager.post(f"/fees/contracts/{ahead.id}/change/", FORM | {"valid_from": "2027-07-01"}).status_code == 302
    assert manager.get(f"/fees/contracts/{held.id}/change/").status_code == 409

    assert FeeContract.across_merchants.get(id=ahead.id).valid_from == date(2027, 7, 1)


def test_rest_enters_and_shows_a_version(merchant, account):
    owner = signed_in(a_staff_member(merchant, role="owner"))
    body = {
        "gateway_account_id": str(account.id),
        "valid_from": "2026-12-01",
        "basis_points": 140,
        "prices": [{"brand": "amex", "basis_points": 250}],
    }
    made = owner.post(
        "/api/v1/fee-contracts/", body, content_type="application/json", headers={"Idempotency-Key": "one"}
    )

    assert made.status_code == 201, made.content
    assert owner.get(f"/api/v1/fee-contracts/{made.json()['id']}/").json() == made.json()
    assert [row["id"] for row in owner.get("/api/v1/fee-contracts/").json()["data"]] == [made.json()["id"]]
    stranger = signed_in(a_staff_member(a_merchant(), role="owner"))
    assert stranger.get(f"/api/v1/fee-contracts/{made.json()['id']}/").status_code == 404
    assert stranger.get(f"/fees/contracts/{made.json()['id']}/").status_code == 404
    days = "date_from=2026-11-01&date_to=2026-11-30"
    assert stranger.get(f"/fees/contracts/{made.json()['id']}/dry-run/").status_code == 404
    assert stranger.get(f"/api/v1/fee-contracts/{made.json()['id']}/dry-run/?{days}").status_code == 404
    assert owner.get(f"/api/v1/fee-contracts/{made.json()['id']}/dry-run/?{days}").json()["rows"] == 0
