"""`import_report` and `import_statement` for a merchant: what is printed, the exit code, and that a repeat changes nothing."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from merchant.core.tenancy import acting_for
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, on_disk, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def unscoped(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return Books(tmp_path)


def run(capsys, command, path, account):
    call_command(command, str(path), "--account", str(account), "--json")
    return json.loads(capsys.readouterr().out)


def test_a_report_is_printed_as_a_dry_run_prints_it_and_stored(unscoped, capsys):
    path = on_disk(unscoped.folder, report([Row(10000, "A1", fee=165)]))
    call_command("import_report", str(path), "--dry-run", "--json")
    dry = json.loads(capsys.readouterr().out)

    assert run(capsys, "import_report", path, unscoped.account.id) == dry
    with acting_for(unscoped.merchant.id):
        stored = ReportFile.objects.get()
    assert stored.status == "posted"
    assert run(capsys, "import_report", path, unscoped.account.id) == {**dry, "duplicate_of": str(stored.id)}


def test_a_statement_is_printed_as_a_dry_run_prints_it_and_stored_with_what_was_known(unscoped, capsys):
    path = on_disk(unscoped.folder, statement([Entry(12500, "po_1"), Entry(-250, "FEE")]), "statement.xml")
    call_command("import_statement", str(path), "--dry-run", "--json")
    dry = json.loads(capsys.readouterr().out)

    taken = {**dry, "lines": {"read": 2, "known": 0}}
    assert run(capsys, "import_statement", path, unscoped.bank.id) == taken
    with acting_for(unscoped.merchant.id):
        stored = StatementFile.objects.get()
    assert stored.status == "balanced"
    assert run(capsys, "import_statement", path, unscoped.bank.id) == {**taken, "duplicate_of": str(stored.id)}


@pytest.mark.parametrize("command", ["import_report", "import_statement"])
def test_a_file_that_is_neither_is_refused_with_exit_code_2_and_nothing_is_stored(unscoped, capsys, command):
    path = on_disk(unscoped.folder, b"Name;Price\nMug;12,50\n")
    account = unscoped.account if command == "import_report" else unscoped.bank

    with pytest.raises(CommandError) as refused:
        call_command(command, str(path), "--account", str(account.id), "--json")

    assert refused.value.returncode == 2
    assert json.loads(capsys.readouterr().out)["status"] == "refused"
    assert not ReportFile.across_merchants.exists()
    assert not StatementFile.across_merchants.exists()


@pytest.mark.parametrize("account", ["nonsense", "01910000-0000-7000-8000-00000000dead"])
def test_an_account_nobody_has_is_refused(unscoped, account):
    path = on_disk(unscoped.folder, report([Row(100, "A1")]))

    with pytest.raises(CommandError) as refused:
        call_command("import_report", str(path), "--account", account, "--json")

    assert refused.value.returncode == 2
    assert not ReportFile.across_merchants.exists()
