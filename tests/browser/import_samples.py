"""Sample data for the pages of column mappings."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from merchant.core.pages.parts import Action
from payments.reconciliation.imports.mapping_pages import (
    MappingListPage,
    MappingPage,
    MappingRow,
    WaitingRow,
    mapping_page,
)
from payments.reconciliation.imports.mapping_preview import guess
from payments.reconciliation.statements.account_views import AccountRow, AccountsPage

_REPORT = """Date,Order ID,Transaction ID,Type,Gross,Fee,Net,Payout ID
2026-11-18,R-10031,t-5001,Sale,100.00,1.65,98.35,P-1
2026-11-18,R-10032,t-5002,Sale,"1,250.00",21.88,"1,228.12",P-1
2026-11-19,R-10031,t-5003,Refund,-100.00,0.00,-100.00,P-1
2026-11-19,,t-5004,Correction,n/a,0.00,0.00,P-1
2026-11-20,,t-5005,Payout,-1226.47,0.00,-1226.47,P-1
"""
_AT = datetime(2026, 11, 20, 16, 41, tzinfo=UTC)


def mapping() -> MappingPage:
    """A processor's file whose columns are being assigned."""
    with tempfile.NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_text(_REPORT)
        spec = guess(path, "report", currency="EUR", zone="Europe/Stockholm")
        return mapping_page(
            path, spec, header=(), title="Assign columns", file_name="transactions (3).csv", name="transactions (3)", only_this_account=False,
            action_url="/imports/unknown/1/", idempotency_key="a-key", button="Save and import",
        )  # fmt: skip


def mappings() -> MappingListPage:
    """Two mappings and a file that waits."""
    rows = (
        MappingRow("/imports/mappings/1/", "Vipps settlements", "report", 2, "Vipps Oslo", _AT, "Mara Keller"),
        MappingRow("/imports/mappings/2/", "Nordea företag", "statement", 1, "", _AT, "Mara Keller"),
    )
    return MappingListPage(
        rows, (WaitingRow("/imports/unknown/1/", "transactions (3).csv", "Adyen · HaldenRoePOS", _AT),)
    )


def accounts() -> AccountsPage:
    """A bank account and accounts at processors."""
    processors = (
        AccountRow("Adyen shop", "Adyen", "NorrskenGoodsECOM", "EUR"),
        AccountRow("Stripe", "Stripe", "acct_1NorrskenGoods", "SEK"),
    )
    actions = (Action("Add a bank account", "/imports/accounts/bank/", "landmark"),)
    return AccountsPage((AccountRow("House bank", "Bank", "…3000", "EUR"),), processors, actions)


PAGES = {
    "import-accounts": ("payments/reconciliation/accounts.html", "imports", accounts),
    "mapping": ("payments/reconciliation/mapping.html", "imports", mapping),
    "mappings": ("payments/reconciliation/mappings.html", "imports", mappings),
}
