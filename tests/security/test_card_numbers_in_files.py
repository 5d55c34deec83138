"""A card number in a processor's report or a bank's statement is masked before anything of the file is kept."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from merchant.core.card_numbers import mask, mask_pieces
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.embedded import Places, postgres
from payments.reconciliation.models import StatementFile, StatementLine
from payments.settlement.models import ReportFile, SettlementLine
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

VISA, AMEX, MAESTRO = "4111111111111111", "378282246310005", "6759649826438453"
SPACED = "5555 5555 5555 4444"
MT940 = (
    ":20:START\r\n:25:37040044/0532013000\r\n:28C:1/1\r\n:60F:C261120EUR0,00\r\n"
    f":61:2611201120C10,00NTRF{VISA}//B1\r\n:86:166?00GUTSCHRIFT?20{SPACED}?21rest 41111111?2211111111\r\n"
    ":62F:C261120EUR10,00\r\n-\r\n"
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (VISA, "411111******1111"),
        (AMEX, "378282*****0005"),
        (f"card {SPACED}, thanks", "card 5555 55** **** 4444, thanks"),
        ("till 12 4111-1111-1111-1111", "till 12 4111-11**-****-1111"),
        (f"{VISA} {VISA}", "411111******1111 411111******1111"),
        ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        (
            "8835511210681324,550e8400-e29b-41d4-a716-446655440000",
            "8835511210681324,550e8400-e29b-41d4-a716-446655440000",
        ),
    ],
)
def test_six_digits_before_and_four_behind_are_all_that_stays(text: str, kept: str) -> None:
    assert mask(text) == kept
    for encoding in ("utf-8", "utf-16"):
        assert b"".join(mask_pieces([text.encode(encoding)])).decode(encoding) == kept


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_a_number_is_found_wherever_the_file_is_cut(size: int) -> None:
    data = f"a,{VISA},{AMEX},12.50\n".encode() * 200

    masked = b"".join(mask_pieces(data[start : start + size] for start in range(0, len(data), size)))

    assert masked == b"a,411111******1111,378282*****0005,12.50\n" * 200


def test_a_number_in_a_swift_statement_is_found_across_its_lines_and_subfields() -> None:
    masked = b"".join(mask_pieces([MT940.encode()], is_swift=True)).decode()

    assert "NTRF411111******1111//B1" in masked
    assert "?205555 55** **** 4444?21rest 411111**?22****1111" in masked
    assert len(masked) == len(MT940)


@pytest.fixture
def books(tmp_path: Path, settings: Any) -> Books:
    settings.MEDIA_ROOT = tmp_path / "files"
    return Books(tmp_path)


def send(books: Books, kind: str, account: Any, data: bytes, name: str) -> Any:
    """Send a file through the page and let the job read it."""
    accountant = signed_in(a_staff_member(books.merchant, role="accountant"))
    answer = accountant.post("/imports/", {"account": f"{kind}:{account.id}", "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    with acting_for(books.merchant.id):
        model = StatementFile if kind == "bank" else ReportFile
        file: Any = model.objects.latest("id")
        assert jobs.run(file.job_id) == "done"
        file.refresh_from_db()
        return file


def dump(places: Places) -> str:
    """Everything the test's database holds, as `pg_dump` writes it."""
    name = connection.settings_dict["NAME"]
    command = [str(places.binary("pg_dump")), "-h", str(places.sockets), "-U", postgres.SUPERUSER, "--inserts", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.django_db(transaction=True)
def test_neither_the_database_nor_the_kept_file_has_a_number_that_was_imported(
    books: Books, tmp_path: Path, database_places: Places
) -> None:
    sale = Row(1000, "OP1", order=SPACED, payment=VISA, auth_code=AMEX)
    first = send(books, "gateway", books.account, report([sale]), f"{MAESTRO}.csv")
    wide = report([Row(500, VISA)], batch="2", payout="po_2").decode().encode("utf-16")
    second = send(books, "gateway", books.account, wide, "wide.csv")
    third = send(books, "bank", books.bank, statement([Entry(500, text=f"Ref {VISA}", end_to_end_id=AMEX)]), "camt.xml")
    fourth = send(books, "bank", books.bank, MT940.encode(), "mt940.sta")

    assert [file.status for file in (first, second, third, fourth)] == ["posted", "posted", "balanced", "balanced"]
    with acting_for(books.merchant.id):
        line = SettlementLine.objects.get(operation_reference="OP1")
        assert (line.processor_reference, line.merchant_reference) == ("411111******1111", "5555 55** **** 4444")
        texts = " ".join(StatementLine.objects.values_list("text", flat=True))
        assert "411111" in texts
    kept = "\n".join(
        path.read_text("latin-1").replace("\0", "") for path in (tmp_path / "files").rglob("*") if path.is_file()
    )
    stored = dump(database_places)
    for where in (kept, stored):
        assert "411111******1111" in where
        bare = where.replace(" ", "").replace("-", "")
        assert [number for number in (VISA, AMEX, MAESTRO, SPACED.replace(" ", "")) if number in bare] == []


@pytest.mark.django_db
def test_the_same_file_is_known_again_although_it_was_masked(books: Books) -> None:
    data = report([Row(1000, "OP1", order=VISA)])
    send(books, "gateway", books.account, data, "r.csv")

    again = signed_in(a_staff_member(books.merchant, role="accountant")).post(
        "/imports/", {"account": f"gateway:{books.account.id}", "file": SimpleUploadedFile("r.csv", data)}
    )

    assert again["Location"].endswith("?repeated=1")
    with acting_for(books.merchant.id):
        assert ReportFile.objects.count() == 1
