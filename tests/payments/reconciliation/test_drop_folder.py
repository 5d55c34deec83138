"""Files laid into the merchant's folder are taken in once and moved, refused ones with their reason."""

from __future__ import annotations

import os
import time
import zipfile

import pytest

from merchant.core.jobs import services as jobs
from payments.reconciliation import tasks
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import drop_folder
from payments.settlement.models import ReportFile
from tests.factories import a_gateway_account
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

ROWS = [Row(1000, "A1")]


@pytest.fixture
def folder(books, tmp_path, settings):
    settings.IMPORT_DROP_DIR = str(tmp_path / "drop")
    made = tmp_path / "drop" / str(books.merchant.id)
    made.mkdir(parents=True)
    return made


def lay(folder, name, data, *, seconds_ago=60):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    at = time.time() - seconds_ago
    os.utime(path, (at, at))
    return path


def names(folder):
    return sorted(path.name.split("-", 1)[1] for path in folder.iterdir()) if folder.exists() else []


def test_a_report_and_a_statement_are_taken_and_moved(books, folder):
    lay(folder, "day.csv", report(ROWS))
    lay(folder, "bank.xml", statement([Entry(5)]))

    told = drop_folder.take_all(now=books.now)

    assert {key: sorted(value) for key, value in told.items()} == {"done": ["bank.xml", "day.csv"], "refused": []}
    assert [file.name for file in (*ReportFile.objects.all(), *StatementFile.objects.all())] == ["day.csv", "bank.xml"]
    assert names(folder / "done") == ["bank.xml", "day.csv"]
    assert [path.name for path in folder.iterdir()] == ["done"]


def test_what_is_no_file_of_ours_is_refused_with_its_reason_beside_it(books, folder):
    lay(folder, "holiday.csv", b"name,where\nM,U\n")

    assert drop_folder.take_all(now=books.now)["refused"] == ["holiday.csv"]

    assert names(folder / "refused") == ["holiday.csv", "holiday.csv.reason.txt"]
    [reason] = (folder / "refused").glob("*.reason.txt")
    assert "line 1" in reason.read_text()
    assert not ReportFile.objects.exists()


def test_where_several_accounts_fit_a_folder_of_the_accounts_name_says_which(books, folder):
    other = a_gateway_account(books.merchant, name="Second")
    lay(folder, "day.csv", report(ROWS))
    assert drop_folder.take_all(now=books.now)["refused"] == ["day.csv"]
    [reason] = (folder / "refused").glob("*.reason.txt")
    assert str(other.id) in reason.read_text()

    lay(folder / str(other.id), "day.csv", report(ROWS))
    assert drop_folder.take_all(now=books.now)["done"] == ["day.csv"]

    assert ReportFile.objects.get().gateway_account_id == other.id


def test_an_account_of_another_merchant_is_none(books, folder):
    lay(folder / str(books.foreign_account.id), "day.csv", report(ROWS))

    assert drop_folder.take_all(now=books.now)["refused"] == ["day.csv"]
    assert not ReportFile.across_merchants.exists()


@pytest.mark.parametrize("name", ["day.csv.part", ".day.csv", "DAY.TMP"])
def test_a_file_that_is_being_written_is_left_alone(books, folder, name):
    lay(folder, "young.csv", report(ROWS), seconds_ago=0)
    lay(folder, name, report(ROWS))

    assert drop_folder.take_all(now=books.now) == {"done": [], "refused": []}
    assert sorted(path.name for path in folder.iterdir()) == sorted(["young.csv", name])


def test_a_link_is_not_followed(books, folder, tmp_path):
    (tmp_path / "elsewhere.csv").write_bytes(report(ROWS))
    (folder / "day.csv").symlink_to(tmp_path / "elsewhere.csv")

    assert drop_folder.take_all(now=books.now) == {"done": [], "refused": []}
    assert not ReportFile.objects.exists()


def test_a_file_that_was_taken_and_not_moved_is_taken_once(books, folder, monkeypatch):
    lay(folder, "day.csv", report(ROWS))
    with monkeypatch.context() as killed:
        killed.setattr(drop_folder, "crash_point", lambda _name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            drop_folder.take_all(now=books.now)
    assert (folder / "day.csv").exists()
    assert ReportFile.objects.count() == 1

    assert drop_folder.take_all(now=books.now)["done"] == ["day.csv"]

    assert ReportFile.objects.count() == 1
    assert names(folder / "done") == ["day.csv"]


def test_two_files_of_one_name_both_stay(books, folder):
    for number in (1, 2):
        lay(folder, "day.csv", report([Row(100 * number, f"A{number}")], batch=str(number)))
        drop_folder.take_all(now=books.now)

    assert len(list((folder / "done").iterdir())) == 2
    assert ReportFile.objects.count() == 2


def test_the_job_comes_due_only_where_something_lies(books, folder, settings):
    assert list(tasks.dropping_places()) == []
    lay(folder, "day.csv", report(ROWS))
    [place] = tasks.dropping_places()
    assert place.merchant_id == books.merchant.id

    job = jobs.enqueue(tasks.DROP_JOB, dedup_key="a minute")
    assert jobs.run(job.id) == "done"

    job.refresh_from_db()
    assert job.result == {"done": ["day.csv"], "refused": []}
    settings.IMPORT_DROP_DIR = ""
    lay(folder, "other.csv", report(ROWS))
    assert list(tasks.dropping_places()) == []


@pytest.mark.parametrize("name", ["a" * 250 + ".csv", "ä" * 125 + ".csv", os.fsdecode(b"\xff\xfe.csv")])
@pytest.mark.parametrize("data", [report(ROWS), b"name,where\nM,U\n"])
def test_a_name_that_nobody_can_keep_holds_no_other_file_up(books, folder, name, data):
    lay(folder, name, data, seconds_ago=120)
    lay(folder, "bank.xml", statement([Entry(5)]))

    told = drop_folder.take_all(now=books.now)

    assert "bank.xml" in told["done"]
    assert len(told["done"] + told["refused"]) == 2
    assert [path for path in folder.iterdir() if path.is_file()] == []
    assert drop_folder.take_all(now=books.now) == {"done": [], "refused": []}


def test_a_zip_of_very_many_files_is_refused_before_its_directory_is_read(books, folder, monkeypatch):
    path = folder / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    lay(folder, "many.zip", path.read_bytes())
    opened = []
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: opened.append(1))

    assert drop_folder.take_all(now=books.now)["refused"] == ["many.zip"]

    assert opened == []
