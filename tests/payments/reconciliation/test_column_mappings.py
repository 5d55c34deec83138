"""Columns are assigned once; from then on such files are read by themselves, and each keeps the version it was read by."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from payments.reconciliation.models import StatementFile, StatementLine
from payments.settlement.models import ColumnMapping, Payout, ReportFile, SettlementLine, UnknownFile
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.books import Books

pytestmark = pytest.mark.django_db

BANK = (
    "Bokföringsdag;Belopp;Text;Saldo\n"
    "2026-11-19;1 250,00;Bankgiro;1 250,00\n"
    "2026-11-20;-250,50;Hyra;999,50\n"
    "2026-11-20;-250,50;Hyra;749,00\n"
)
REPORT = (
    "Date,Order ID,Transaction ID,Kind,Amount,Fee,Net,Payout\n"
    "2026-11-18,R-1,t-1,Sale,100.00,1.65,98.35,P-1\n"
    "2026-11-18,R-1,t-1,Payout,-98.35,0.00,-98.35,P-1\n"
)


class Desk:
    """An accountant with files to import."""

    def __init__(self, books, role="accountant"):
        self.books = books
        self.client = signed_in(a_staff_member(books.merchant, role=role))

    def upload(self, text, account, name="bank.csv"):
        file = SimpleUploadedFile(name, text.encode())
        return self.client.post("/imports/", {"account": account, "file": file})

    def form_at(self, address):
        """What the page's form holds as it came."""
        page = html.unescape(self.client.get(address).content.decode())
        fields = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page, re.DOTALL))
        for name, body in re.findall(r'<select[^>]*?name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)" selected', body)
            fields[name] = chosen[1] if chosen else ""
        fields.pop("csrfmiddlewaretoken", None)
        return fields, page

    def run_jobs(self):
        with acting_for(self.books.merchant.id):
            for file in [*StatementFile.objects.all(), *ReportFile.objects.all()]:
                jobs.run(file.job_id)

    def post(self, path, body):
        return self.client.post(
            f"/api/v1/{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
        )


@pytest.fixture
def desk(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return Desk(Books(tmp_path))


def _bank(desk):
    return f"bank:{desk.books.bank.id}"


def test_an_unknown_csv_leads_to_its_columns_and_is_imported_once_they_are_assigned(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]
    fields, page = desk.form_at(address)
    assert (fields["column_amount"], fields["column_balance"], fields["decimal"]) == ("Belopp", "Saldo", "comma")
    assert "Hyra" in page

    pressed = fields | {"currency": "EUR", "save": "1"}
    answer, again = desk.client.post(address, pressed), desk.client.post(address, pressed)
    desk.run_jobs()

    assert again["Location"] == answer["Location"]

    with acting_for(desk.books.merchant.id):
        file = StatementFile.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/imports/statements/{file.id}/")
        assert (file.status, file.format) == ("balanced", ColumnMapping.objects.get().code)
        assert list(StatementLine.objects.order_by("id").values_list("amount_minor", flat=True)) == [
            125000,
            -25050,
            -25050,
        ]
        assert UnknownFile.objects.get().taken_at is not None
    assert "bank, version 1" in desk.client.get(answer["Location"]).content.decode()


def test_the_next_file_with_that_header_is_read_by_itself_and_an_overlap_adds_nothing_twice(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]
    desk.client.post(address, desk.form_at(address)[0] | {"currency": "EUR", "save": "1"})

    longer = BANK + "2026-11-21;1,00;Kort;750,00\n"
    next_address = desk.upload(longer, _bank(desk))["Location"]
    desk.run_jobs()

    assert next_address.startswith("/imports/statements/")
    with acting_for(desk.books.merchant.id):
        assert StatementLine.objects.count() == 4


def test_a_change_is_a_new_version_and_a_file_keeps_the_one_it_was_read_by(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]
    desk.client.post(address, desk.form_at(address)[0] | {"currency": "EUR", "save": "1"})
    with acting_for(desk.books.merchant.id):
        first = ColumnMapping.objects.get()

    change = f"/imports/mappings/{first.id}/"
    answer = desk.client.post(change, desk.form_at(change)[0] | {"sign": "inverse", "save": "1"})
    desk.run_jobs()

    assert answer["Location"] == "/imports/mappings/"
    with acting_for(desk.books.merchant.id):
        latest = ColumnMapping.objects.order_by("-version").first()
        assert (latest.version, latest.spec["sign"], first.spec["sign"]) == (2, "inverse", "signed")
        assert StatementFile.objects.get().format == first.code
        assert StatementLine.objects.order_by("id").first().amount_minor == 125000
        with pytest.raises(DatabaseError), transaction.atomic():
            ColumnMapping.objects.filter(id=first.id).update(version=9)


def test_the_preview_follows_the_form_and_tells_each_row_it_cannot_read(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]
    fields, _ = desk.form_at(address)

    wrong = desk.client.post(address, fields | {"currency": "EUR", "decimal": "point"}, headers={"HX-Request": "true"})
    missing = desk.client.post(address, fields | {"column_amount": ""}, headers={"HX-Request": "true"})

    assert "3 rows cannot be read this way" in wrong.content.decode()
    assert "name the column with the amount" in missing.content.decode()
    with acting_for(desk.books.merchant.id):
        assert not ColumnMapping.objects.exists()
        assert not StatementFile.objects.exists()


def test_a_form_that_cannot_be_used_saves_and_imports_nothing(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]

    answer = desk.client.post(address, desk.form_at(address)[0] | {"column_amount": "", "save": "1"})

    assert answer.status_code == 422
    with acting_for(desk.books.merchant.id):
        assert not ColumnMapping.objects.exists()
        assert UnknownFile.objects.count() == 1


def test_a_processors_columns_are_assigned_with_a_meaning_for_each_type(desk):
    address = desk.upload(REPORT, f"gateway:{desk.books.account.id}", "shop.csv")["Location"]
    fields, _ = desk.form_at(address)
    fields |= {"column_type": "Kind", "column_gross": "Amount", "column_payout_reference": "Payout", "zone": "UTC"}
    drawn = desk.client.post(address, fields, headers={"HX-Request": "true"}).content.decode()
    assert 'value="Payout"' in drawn

    types = {"type_0": "Sale", "kind_0": "sale", "type_1": "Payout", "kind_1": "payout"}
    desk.client.post(address, fields | types | {"save": "1"})
    desk.run_jobs()

    with acting_for(desk.books.merchant.id):
        assert ReportFile.objects.get().status == "posted"
        lines = SettlementLine.objects.order_by("line").values_list("kind", "gross_minor", "fee_minor", "net_minor")
        assert list(lines) == [("sale", 10000, 165, 9835), ("payout", -9835, 0, -9835)]


def test_a_payout_without_a_row_of_its_own_is_the_sum_of_its_rows_where_the_mapping_says_so(desk):
    rows = REPORT.replace(
        "2026-11-18,R-1,t-1,Payout,-98.35,0.00,-98.35,P-1\n", "2026-11-19,R-2,t-2,Sale,10.00,0.20,9.80,P-1\n"
    )
    address = desk.upload(rows, f"gateway:{desk.books.account.id}", "shop.csv")["Location"]
    told = {
        "column_type": "",
        "column_gross": "Amount",
        "column_payout_reference": "Payout",
        "payout_is_sum": "on",
        "save": "1",
    }

    desk.client.post(address, desk.form_at(address)[0] | told)
    desk.run_jobs()

    with acting_for(desk.books.merchant.id):
        payout = Payout.objects.get()
        assert (payout.reference, payout.amount_minor) == ("P-1", 9835 + 980)


def test_what_is_no_table_is_refused_as_before_and_not_kept(desk):
    answer = desk.upload("hello there\nthis is a letter\n", _bank(desk), "letter.txt")

    assert answer.status_code == 422
    with acting_for(desk.books.merchant.id):
        assert not UnknownFile.objects.exists()


def test_over_rest_a_mapping_is_saved_once_a_name_and_lists_every_version(desk):
    spec = {"side": "statement", "currency": "EUR", "columns": {"booked_on": "Date", "amount": "Amount"}}
    body = {"name": "Our bank", "header": ["Date", "Amount", "Text"], "spec": spec}

    first, same = desk.post("column-mappings/", body), desk.post("column-mappings/", body)
    changed = desk.post("column-mappings/", body | {"spec": spec | {"scale": "minor"}})
    wrong = desk.post("column-mappings/", body | {"spec": spec | {"columns": {"booked_on": "Day"}}})
    strangers = desk.post("column-mappings/", body | {"account_id": str(uuid4())})

    assert (first.status_code, first.json()["version"], same.json()["id"]) == (201, 1, first.json()["id"])
    assert (changed.json()["version"], wrong.status_code, strangers.status_code) == (2, 422, 404)
    listed = desk.client.get("/api/v1/column-mappings/").json()["data"]
    assert [(row["name"], row["version"]) for row in listed] == [("Our bank", 2), ("Our bank", 1)]
    assert desk.client.get(f"/api/v1/column-mappings/{first.json()['id']}/").json()["spec"]["scale"] == "major"
    assert "Our bank" in desk.client.get("/imports/mappings/").content.decode()


def test_a_name_that_is_taken_by_other_columns_is_refused_and_the_old_mapping_goes_on_reading(desk):
    address = desk.upload(BANK, _bank(desk))["Location"]
    desk.client.post(address, desk.form_at(address)[0] | {"currency": "EUR", "save": "1"})
    other = "Date;Amount;Text\n2026-11-20;5,00;x\n2026-11-21;6,00;y\n"

    second = desk.upload(other, _bank(desk))["Location"]
    answer = desk.client.post(second, desk.form_at(second)[0] | {"currency": "EUR", "save": "1"})

    assert answer.status_code == 422
    assert desk.upload(BANK + "2026-11-21;1,00;Kort;750,00\n", _bank(desk))["Location"].startswith(
        "/imports/statements/"
    )
    with acting_for(desk.books.merchant.id):
        assert ColumnMapping.objects.count() == 1


def test_a_mapping_made_over_rest_is_changed_on_screen_without_a_file_to_look_at(desk):
    spec = {"side": "statement", "currency": "EUR", "columns": {"booked_on": "Date", "amount": "Amount"}}
    made = desk.post(
        "column-mappings/", {"name": "Our bank", "header": ["Date", "Amount", "Text"], "spec": spec}
    ).json()

    change = f"/imports/mappings/{made['id']}/"
    desk.client.post(change, desk.form_at(change)[0] | {"column_text": "Text", "save": "1"})

    with acting_for(desk.books.merchant.id):
        latest = ColumnMapping.objects.order_by("-version").first()
        assert (latest.version, latest.spec["columns"]["text"], latest.signature) == (
            2,
            "Text",
            ColumnMapping.objects.first().signature,
        )
