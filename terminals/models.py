"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal
from terminals.drivers.models import TerminalMessage
from terminals.live.models import TerminalEvent

__all__ = ["SamplePayment", "Terminal", "TerminalEvent", "TerminalMessage"]
