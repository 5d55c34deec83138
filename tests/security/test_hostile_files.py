"""Files nobody should send: refused whole, or kept out of balance; never a server error, never a row, never outside the folder."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile, SettlementLine
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db
GOOD = report([Row(1000, "OP1")])
CAMT = statement([Entry(500, "hello")])
BODY = CAMT.split(b"?>", 1)[1]


def zipped(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


def entities() -> bytes:
    """A billion laughs."""
    first = b"<!ENTITY a0 'lol'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 10)
    )
    return b"<?xml version='1.0'?><!DOCTYPE d [" + first + b"]>" + BODY.replace(b"hello", b"&a9;")


REFUSED = {
    "zip bomb": zipped("report.csv", b"0" * 50_000_000),
    "nested zip": zipped("inner.zip", zipped("report.csv", GOOD)),
    "gzip": gzip.compress(GOOD),
    "outside entity": b"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    + BODY.replace(b"hello", b"&x;"),
    "billion laughs": entities(),
    "deep XML": b"<a>" * 100_000,
    "PDF before CSV": b"%PDF-1.7\n" + GOOD,
    "picture with script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "empty": b"",
}


class Desk:
    """An accountant with both ways of sending a file."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.client = signed_in(a_staff_member(books.merchant, role="accountant"))

    def send(self, way: str, data: bytes, *, name: str = "file", content_type: str = "image/png") -> Any:
        file = SimpleUploadedFile(name, data, content_type=content_type)
        account, bank = self.books.account.id, self.books.bank.id
        if way == "page":
            return self.client.post("/imports/", {"account": f"gateway:{account}", "file": file})
        if way == "bank page":
            return self.client.post("/imports/", {"account": f"bank:{bank}", "file": file})
        if way == "REST":
            return self.client.post("/api/v1/settlement-reports/", {"gateway_account_id": account, "file": file})
        return self.client.post("/api/v1/bank-statements/", {"bank_account_id": bank, "file": file})


@pytest.fixture
def desk(tmp_path: Path, settings: Any) -> Desk:
    settings.MEDIA_ROOT = tmp_path / "files"
    return Desk(Books(tmp_path))


def kept(tmp_path: Path) -> list[Path]:
    """Every file below the test's folder."""
    return [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("way", ["page", "bank page", "REST", "bank REST"])
@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_file_of_ours_is_refused_and_leaves_nothing(
    desk: Desk, tmp_path: Path, way: str, data: bytes
) -> None:
    answer = desk.send(way, data, name="report.csv", content_type="text/csv")

    assert answer.status_code in (400, 422), answer.status_code
    assert b"root:" not in answer.content
    assert kept(tmp_path) == []
    with acting_for(desk.books.merchant.id):
        assert (ReportFile.objects.count(), StatementFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "name", ["../../x", "..\\..\\x", "/etc/cron.d/x", "a\0b.csv", "x" * 200, "=1+1.csv", "<b>.csv"]
)
@pytest.mark.parametrize("way", ["page", "REST"])
def test_a_files_name_decides_nothing(desk: Desk, tmp_path: Path, way: str, name: str) -> None:
    answer = desk.send(way, GOOD, name=name)

    assert answer.status_code in (202, 302)
    with acting_for(desk.books.merchant.id):
        file = ReportFile.objects.get()
    assert "/" not in file.name
    assert "\0" not in file.name
    assert kept(tmp_path) == [tmp_path / "files" / str(desk.books.merchant.id) / file.sha256]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD.replace(b"OP1", b"O\0P1"), "nul_character"),
        (GOOD.replace(b"OP1", b"A" * (3 << 20)), "cell_too_long"),
    ],
    ids=["NUL", "a cell of 3 MB"],
)
def test_a_row_that_cannot_be_right_blocks_its_report(desk: Desk, data: bytes, why: str) -> None:
    desk.send("page", data)

    with acting_for(desk.books.merchant.id):
        file = ReportFile.objects.get()
        jobs.run(file.job_id)
        file.refresh_from_db()
        assert (file.status, file.summary["row_failures"][0]["code"]) == ("out_of_balance", why)
        assert (SettlementLine.objects.count(), Journal.objects.count()) == (0, 0)


def test_a_report_in_utf_16_is_read_like_any_other(desk: Desk) -> None:
    desk.send("page", GOOD.decode().encode("utf-16"))

    with acting_for(desk.books.merchant.id):
        file = ReportFile.objects.get()
        jobs.run(file.job_id)
        assert SettlementLine.objects.filter(operation_reference="OP1").count() == 1


@pytest.mark.parametrize("path", ["/imports/", "/api/v1/settlement-reports/", "/api/v1/bank-statements/"])
def test_files_are_taken_in_the_same_size_on_every_way(path: str) -> None:
    assert path.startswith(tuple(configured.UPLOAD_PATHS))
