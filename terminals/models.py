"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal
from terminals.drivers.models import TerminalMessage
from terminals.live.models import TerminalEvent
from terminals.pos.models import OfflineRules, OfflineSale

__all__ = ["OfflineRules", "OfflineSale", "SamplePayment", "Terminal", "TerminalEvent", "TerminalMessage"]
