"""Whether a report is about the account it was sent for: what its rows name against what the account is called at the processor."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from payments.gateways.models import GatewayAccount
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import OpenReport

# The first rows tell in a moment whose file it is; all others are looked at while it is read, before any of them is kept.
_ROWS_LOOKED_AT = 500
FOREIGN = "foreign_account"


def own_names(account: GatewayAccount) -> set[str]:
    """
    Return what reports may call the account, empty if nobody has said.

    `report_account` of its settings, one name or several; the sandbox always writes the account's own name.
    """
    told = account.config.get("report_account")
    if told:
        return {str(name) for name in (told if isinstance(told, list) else [told])}
    return {account.external_id} if account.gateway == "sandbox" else set()


def demand_own(account: GatewayAccount, named: Iterable[str]) -> None:
    """:raises NotAReport: with both names, if a report that names these accounts is about another one."""
    own = own_names(account)
    foreign = sorted(name for name in named if own and name not in own)
    if foreign:
        message = (
            f"this report is about the account {foreign[0]!r}; {account.name} is {' or '.join(map(repr, sorted(own)))}"
        )
        # Only the sandbox calls the column that for certain.
        column = "Account" if account.gateway == "sandbox" else None
        raise NotAReport(message, column=column, code=FOREIGN)


def demand_own_beginning(account: GatewayAccount, file: OpenReport) -> None:
    """:raises NotAReport: with line and both names, if one of the first rows is about another account."""
    if not own_names(account):
        return
    for row in islice(file.rows(), _ROWS_LOOKED_AT):
        # What stands in a cell of a row that cannot be trusted may be anything.
        named = row.account.strip() if not row.failures else ""
        try:
            demand_own(account, [named] if named else [])
        except NotAReport as foreign:
            raise NotAReport(foreign.message, line=row.line, column=foreign.column, code=FOREIGN) from foreign
