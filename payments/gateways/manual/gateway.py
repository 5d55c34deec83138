"""The gateway of tenders that a person or the bank confirms."""

from payments.gateways.base import AccountAccess, Gateway, OperationRequest, Outcome, Recovery


class ManualGateway(Gateway):
    """Cash and the like are recorded as done by the till in the sale's own transaction, so nothing is ever sent."""

    code = "manual"
    recovery = Recovery.WAIT
    takes_payments = False

    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Say that nothing was processed: a manual tender has nobody to ask."""
        return Outcome(status="failed", decline_code="not_electronic")

    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """Nobody else knows."""
        return None
