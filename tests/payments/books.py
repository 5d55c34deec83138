"""A merchant with an account at a processor and one at a bank."""

from __future__ import annotations

from datetime import UTC, datetime

from merchant.core.tenancy import acting_for
from payments.reconciliation import services as reconciliation
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services as settlement
from tests.factories import a_bank_account, a_gateway_account, a_merchant
from tests.payments.settlement import reports

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Books:
    """What most tests of settling need, in a few words."""

    now = NOW

    def __init__(self, folder):
        self.folder = folder
        self.merchant = a_merchant()
        self.account = a_gateway_account(self.merchant)
        self.bank = a_bank_account(self.merchant)
        self.foreign_account = a_gateway_account(a_merchant())

    def acting(self):
        return acting_for(self.merchant.id)

    def take_report(self, data, name="report.csv"):
        path = reports.on_disk(self.folder, data, name)
        return settlement.import_report(path=path, account_id=self.account.id, name=name, now=self.now)

    def take_statement(self, data, name="statement.xml"):
        path = reports.on_disk(self.folder, data, name)
        return statement_services.import_statement(path=path, account_id=self.bank.id, name=name, now=self.now)

    def reconcile(self):
        return reconciliation.reconcile(now=self.now)
