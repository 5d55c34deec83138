"""Whose file is this? Recognised by what is in it: a processor's report or a bank's statement, and the accounts of ours it can be of."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from merchant.core import files
from merchant.core.card_numbers import mask_pieces
from merchant.core.files import KeptFile
from payments.gateways.models import GatewayAccount
from payments.reconciliation.formats.base import NotAStatement, Statement
from payments.reconciliation.formats.registry import is_swift, open_statement
from payments.reconciliation.models import BankAccount
from payments.reconciliation.statements import ownership
from payments.reconciliation.statements.problems import problem_words
from payments.settlement import services as settlement
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import OpenReport, open_report
from payments.settlement.mapping_services import is_table
from payments.settlement.ownership import own_names

# The first rows of a report name its account, if any do.
_ROWS_LOOKED_AT = 200
# A statement may name its account at its end; of a longer file the person is asked.
_LOOKED_AT_BYTES_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is. `accounts` are those it can be of, as the form names them: `gateway:<id>` or `bank:<id>`, each with its name."""

    label: str
    is_swift: bool
    accounts: tuple[tuple[str, str], ...]


def recognise(path: Path) -> Recognised:
    """
    Return what the file at `path` is and whose it can be. A table that no format fits may be any account's: its columns are read by a mapping, or assigned.

    :raises ReportRefused: if it is neither a report nor a statement we know, or there is no account it could be of.
    """
    if zipfile.is_zipfile(path):
        return Recognised("ZIP archive of statements", is_swift=False, accounts=tuple(bank_choices()))
    with path.open("rb") as stream:
        try:
            report = open_report(stream)
        except NotAReport as no_report:
            return _recognise_statement(stream, path, no_report)
        accounts = _gateway_accounts(report)
        if not accounts:
            names = ", ".join(sorted(_named_accounts(report))) or report.format.gateway
            raise _refused(
                f"it is of the format {report.format.label}, and none of your accounts is {names}; add it under Imports, Accounts",
                code="no_account",
            )
        return Recognised(report.format.label, is_swift=False, accounts=accounts)


def keep(path: Path, found: Recognised) -> KeptFile:
    """Keep the file at `path`, card numbers masked, until somebody has said whose it is."""
    with path.open("rb") as stream:
        return files.keep_pieces(mask_pieces(files.pieces(stream), is_swift=found.is_swift))


def gateway_choices() -> list[tuple[str, str]]:
    """Return the accounts at processors that may have reports, as the form names them."""
    rows = GatewayAccount.objects.filter(is_active=True).exclude(gateway="manual").order_by("name", "id")
    return [_gateway_choice(account) for account in rows]


def bank_choices() -> list[tuple[str, str]]:
    """Return the bank accounts, as the form names them."""
    return [_bank_choice(account) for account in BankAccount.objects.order_by("name", "id")]


def _all_choices() -> list[tuple[str, str]]:
    return [*gateway_choices(), *bank_choices()]


def _gateway_choice(account: GatewayAccount) -> tuple[str, str]:
    return f"gateway:{account.id}", f"{account.name} ({account.currency})"


def _bank_choice(account: BankAccount) -> tuple[str, str]:
    return f"bank:{account.id}", f"{account.name} …{account.hint} ({account.currency})"


def _gateway_accounts(report: OpenReport) -> tuple[tuple[str, str], ...]:
    """Accounts at that processor. One whose name there stands in the rows comes before those of which nobody said what they are called."""
    named = _named_accounts(report)
    accounts = list(GatewayAccount.objects.filter(gateway=report.format.gateway, is_active=True).order_by("name", "id"))
    telling = [account for account in accounts if named and named <= own_names(account)]
    silent = [account for account in accounts if not (named and own_names(account))]
    return tuple(_gateway_choice(account) for account in telling or silent)


def _named_accounts(report: OpenReport) -> set[str]:
    """What the first rows call their account, empty if they do not say."""
    rows = islice(report.rows(), _ROWS_LOOKED_AT)
    return {row.account.strip() for row in rows if row.account.strip() and not row.failures}


def _recognise_statement(stream: BinaryIO, path: Path, no_report: NotAReport) -> Recognised:
    stream.seek(0)
    try:
        opened = open_statement(stream)
        named = _statements(opened.items()) if path.stat().st_size <= _LOOKED_AT_BYTES_MAX else []
    except NotAStatement as no_statement:
        # A report that lacks a column says more than that it is no statement; so does a statement that breaks further down.
        reason = no_report if no_report.code != "not_a_report" else no_statement
        if (no_report.code, no_statement.code) == ("not_a_report", "not_a_statement"):
            stream.seek(0)
            if is_table(stream):
                return Recognised("Table in columns of its own", is_swift=False, accounts=tuple(_all_choices()))
            message = "this is no settlement report and no bank statement we know"
            raise _refused(message, line=no_report.line) from no_statement
        raise _refused(reason.message, line=reason.line, column=reason.column, code=reason.code) from reason
    accounts = tuple(
        _bank_choice(account) for account in BankAccount.objects.order_by("name", "id") if _fits(account, named)
    )
    if not accounts:
        raise _refused(
            "this statement is of none of your bank accounts; add its account under Imports, Accounts",
            code="no_account",
        )
    return Recognised(opened.format.label, is_swift(opened.code), accounts)


def _statements(items: object) -> list[Statement]:
    return [item for item in items if isinstance(item, Statement)]  # type: ignore[attr-defined]


def _fits(account: BankAccount, named: list[Statement]) -> bool:
    try:
        for statement in named:
            ownership.demand_own(account, statement)
    except NotAStatement:
        return False
    return True


def _refused(
    reason: str, *, line: int | None = None, column: str | None = None, code: str = "not_recognised"
) -> settlement.ReportRefused:
    return settlement.ReportRefused(reason=problem_words(reason), line=line, column=column, problem=code)
