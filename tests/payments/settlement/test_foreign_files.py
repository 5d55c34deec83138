"""A file of another account, bank or gateway is refused by name, and nothing of it is stored."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from merchant.core.audit.models import AuditEntry
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services
from payments.settlement.models import ReportFile, SettlementLine
from tests.factories import a_bank_account
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.formats.builders import MAKERS, a_report
from tests.payments.settlement.reports import Row, on_disk, report

ROWS = [Row(10000, "A1", fee=165)]
OTHER_IBAN = "DE02120300000000202051"


def nothing_is_stored(books):
    assert not ReportFile.objects.exists()
    assert not StatementFile.objects.exists()
    assert not Job.objects.exists()
    assert not (books.folder / "files").exists()


def test_a_report_of_another_account_is_refused_with_both_names(books):
    with pytest.raises(services.ReportRefused) as refused:
        books.take_report(report(ROWS, account="acct_of_others"))

    assert "'acct_of_others'" in refused.value.message
    assert f"{books.account.name} is '{books.account.external_id}'" in refused.value.message
    assert (refused.value.data["problem"], refused.value.data["line"]) == ("foreign_account", 2)
    nothing_is_stored(books)


def test_a_report_that_names_the_account_is_booked(books):
    assert books.take_report(report(ROWS, account=books.account.external_id)).report.status == "posted"


def test_a_row_of_another_account_far_down_refuses_the_whole_report(books):
    own = report(
        [Row(100 + number, f"A{number}") for number in range(600)], paid=False, account=books.account.external_id
    )
    foreign = report(ROWS, paid=False, account="acct_of_others", first_line=900).splitlines()[1]

    refused = books.take_report(own + foreign + b"\n").report

    assert (refused.status, refused.refusal["code"]) == ("refused", "foreign_account")
    [act] = AuditEntry.objects.filter(action="report.refused", subject=f"report:{refused.id}")
    assert (act.data["code"], act.data["reason"]) == ("foreign_account", refused.refusal["message"])
    assert OutboxEvent.objects.filter(topic="report.refused").count() == 1
    assert not SettlementLine.objects.exists()


def test_what_reports_call_an_account_can_be_said_in_its_settings(books):
    GatewayAccount.objects.filter(id=books.account.id).update(config={"report_account": ["one", "two"]})

    assert books.take_report(report(ROWS, account="two")).report.status == "posted"
    with pytest.raises(services.ReportRefused):
        books.take_report(report(ROWS, account=books.account.external_id), name="other.csv")


def test_a_report_of_another_gateway_says_whose_it_is_and_where_the_account_is(books):
    with pytest.raises(services.ReportRefused) as refused:
        books.take_report(a_report(MAKERS[1]))

    assert refused.value.message == (
        "This file was not taken: this is a report of Adyen (Adyen settlement details report), "
        "and the account is at the sandbox."
    )
    nothing_is_stored(books)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iban": OTHER_IBAN}, "of the account …2051, and Main account is …3000"),
        ({"currency": "SEK"}, "the account …3000 is in SEK, and Main account …3000 is in EUR"),
    ],
)
def test_a_statement_of_another_account_or_currency_is_refused_with_the_ends_of_both(books, changes, words):
    with pytest.raises(statement_services.StatementRefused) as refused:
        books.take_statement(statement([Entry(12500, "po_1")], **changes))

    assert words in refused.value.message
    nothing_is_stored(books)


def test_a_statement_sent_to_the_wrong_account_of_two_names_the_right_one(books):
    a_bank_account(books.merchant, name="Second account", hint="2051")

    with pytest.raises(
        statement_services.StatementRefused, match="…2051; that is Second account, and Main account is …3000"
    ):
        books.take_statement(statement([Entry(12500, "po_1")], iban=OTHER_IBAN))

    nothing_is_stored(books)


@pytest.mark.parametrize(
    "named", ["DE89 3704 0044 0532 0130 00", "37040044/0532013000", "37040044/0532013000EUR", "0044053201"]
)
def test_the_own_account_is_known_however_its_bank_writes_it(books, named):
    sealed = vault.seal("DE89370400440532013000", context=f"bank_account:{books.bank.id}:iban")
    BankAccount.objects.filter(id=books.bank.id).update(iban=sealed)

    assert books.take_statement(statement([Entry(12500, "po_1")], iban=named)).file.status == "balanced"


def test_a_long_statement_of_another_account_is_refused_while_it_is_read(books, monkeypatch):
    monkeypatch.setattr("payments.reconciliation.statements.ownership._LOOKED_AT_BYTES_MAX", 0)

    file = books.take_statement(statement([Entry(12500, "po_1")], iban=OTHER_IBAN)).file

    assert (file.status, file.refusal["code"], file.lines.count()) == ("refused", "foreign_account", 0)


@pytest.mark.django_db
def test_the_commands_refuse_foreign_files_and_read_them_dry(tmp_path, settings, capsys):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    paths = {
        "import_report": (on_disk(tmp_path, report(ROWS, account="acct_of_others")), books.account),
        "import_statement": (on_disk(tmp_path, statement([Entry(1, "x")], iban=OTHER_IBAN), "s.xml"), books.bank),
    }
    for command, (path, account) in paths.items():
        call_command(command, str(path), "--dry-run", "--json")
        assert json.loads(capsys.readouterr().out)["status"] == "balanced"
        with pytest.raises(CommandError) as refused:
            call_command(command, str(path), "--account", str(account.id), "--json")
        assert refused.value.returncode == 2
        assert json.loads(capsys.readouterr().out)["row_failures"][0]["code"] == "foreign_account"
    with acting_for(books.merchant.id):
        nothing_is_stored(books)
