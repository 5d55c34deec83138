"""The gateway of processors whose reports we read and who are asked for nothing."""

from payments.gateways.base import AccountAccess, Gateway, OperationRequest, Outcome, Recovery


class ReportedGateway(Gateway):
    """What happens at the processor is done by other software, and reaches us as files. Nothing is ever sent."""

    recovery = Recovery.WAIT
    takes_payments = False

    def __init__(self, code: str) -> None:
        self.code = code

    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Say that nothing was processed: this installation has no way to ask."""
        return Outcome(status="failed", decline_code="reports_only")

    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """Nothing of ours is there."""
        return None
