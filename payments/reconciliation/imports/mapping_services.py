"""Column mappings of both sides: whose account one is for, and the import of a file whose columns were just assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import files
from merchant.core.errors import NotFound
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements import services as statement_services
from payments.settlement import mapping_services
from payments.settlement import services as settlement
from payments.settlement.formats.mapping import STATEMENT
from payments.settlement.models import ColumnMapping, ReportFile, UnknownFile


def save_mapping(
    *,
    name: str,
    document: Any,
    header: Sequence[str],
    account_id: UUID | None,
    sample_sha256: str = "",
    now: datetime,
) -> ColumnMapping:
    """
    Save a mapping for a gateway account's reports, a bank account's statements, or those of any account; see `settlement.mapping_services`.

    :raises MappingInvalid: with the part that is wrong.
    :raises NotFound: if the account is not the merchant's.
    """
    side = document.get("side") if isinstance(document, dict) else None
    accounts = BankAccount.objects if side == STATEMENT else GatewayAccount.objects
    if account_id is not None and not accounts.filter(id=account_id).exists():
        raise NotFound()
    return mapping_services.save_mapping(
        name=name, document=document, header=header, account_id=account_id, sample_sha256=sample_sha256, now=now
    )


@transaction.atomic
def assign_columns(
    *, file: UnknownFile, name: str, document: Any, header: Sequence[str], only_this_account: bool, now: datetime
) -> ReportFile | StatementFile:
    """
    Save what the columns of a waiting file are, and take the file in by it. Both or nothing.

    :raises MappingInvalid: with the part that is wrong.
    :raises ReportRefused, StatementRefused: if the file is not of its account.
    """
    mapping_services.demand_free_name(name=name, side=file.side, header=header)
    account_id = file.account_id if only_this_account else None
    save_mapping(name=name, document=document, header=header, account_id=account_id, sample_sha256=file.sha256, now=now)
    path = files.path_of(file.sha256)
    received: ReportFile | StatementFile
    if file.side == STATEMENT:
        received = statement_services.receive_statement(
            path=path, account_id=file.account_id, name=file.name, now=now
        ).file
    else:
        received = settlement.receive_report(path=path, account_id=file.account_id, name=file.name, now=now).report
    mapping_services.note_taken(file, now=now)
    return received
