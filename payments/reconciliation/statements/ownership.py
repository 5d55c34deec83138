"""Whether a bank statement is of the account it was sent for: its number and currency against what we know of ours."""

from __future__ import annotations

import re
from dataclasses import replace

from merchant.core.vault import services as vault
from payments.reconciliation.formats.base import NotAStatement, Statement, StatementSummary, worst
from payments.reconciliation.formats.registry import OpenStatementFile
from payments.reconciliation.models import BankAccount

# 8 MiB are some 10,000 entries, read in a second; a longer file is looked at while it is read, before any line is kept.
_LOOKED_AT_BYTES_MAX = 8 << 20
_CURRENCY_BEHIND = re.compile(r"(?<=\d)[\s/]*[A-Z]{3}$")
_SHOWN = 4
FOREIGN_ACCOUNT = "foreign_account"
FOREIGN_CURRENCY = "foreign_currency"


def demand_own(account: BankAccount, statement: Statement) -> None:
    """:raises NotAStatement: with the last four characters of both, if the statement is of another account or in another currency."""
    named = plain_number(statement.account)
    if named and not _is_of(account, named):
        right = next((other for other in BankAccount.objects.order_by("id") if _is_of(other, named)), None)
        hint = f"; that is {right.name}" if right else ""
        message = f"this statement is of the account …{named[-_SHOWN:]}{hint}, and {account.name} is …{account.hint}"
        raise NotAStatement(message, code=FOREIGN_ACCOUNT)
    if statement.currency and statement.currency != account.currency:
        message = (
            f"this statement of the account …{(named or account.hint)[-_SHOWN:]} is in {statement.currency}, "
            f"and {account.name} …{account.hint} is in {account.currency}"
        )
        raise NotAStatement(message, code=FOREIGN_CURRENCY)


def only_own(account: BankAccount, summary: StatementSummary) -> StatementSummary:
    """
    Return `summary` with the statements of other accounts, which banks put into one file, marked as such.

    :raises NotAStatement: as `demand_own` does, if none of them is of this account.
    """
    foreign = {statement.index: reason for statement in summary.statements if (reason := _foreign(account, statement))}
    if foreign and len(foreign) == len(summary.statements):
        raise next(iter(foreign.values()))
    statements = [replace(item, is_of_another=item.index in foreign) for item in summary.statements]
    return replace(summary, statements=tuple(statements), status=worst(statements))


def demand_own_file(account: BankAccount, file: OpenStatementFile, *, size_bytes: int) -> None:
    """:raises NotAStatement: as `demand_own` does, if no statement in the file is of the account. One that breaks further down is told of when it is read."""
    if size_bytes > _LOOKED_AT_BYTES_MAX:
        return
    items, first = file.items(), None
    while True:
        try:
            item = next(items, None)
        except NotAStatement:
            return
        if item is None:
            break
        if isinstance(item, Statement):
            reason = _foreign(account, item)
            if reason is None:
                return
            first = first or reason
    if first is not None:
        raise first


def _foreign(account: BankAccount, statement: Statement) -> NotAStatement | None:
    try:
        demand_own(account, statement)
    except NotAStatement as reason:
        return reason
    return None


def plain_number(named: str) -> str:
    """Return an account's number without what banks write around it: spaces, slashes, a currency behind the digits."""
    return "".join(sign for sign in _CURRENCY_BEHIND.sub("", named.strip().upper()) if sign.isalnum())


def _is_of(account: BankAccount, named: str) -> bool:
    """Banks that name no IBAN name a part of it, which need not be its end."""
    return named[-_SHOWN:] == account.hint.upper() or (len(named) > _SHOWN and named in _iban_of(account))


def _iban_of(account: BankAccount) -> str:
    try:
        return plain_number(vault.open_secret(bytes(account.iban), context=f"bank_account:{account.id}:iban"))
    except (vault.SecretUnreadable, ValueError):
        # Its end is known all the same.
        return ""
