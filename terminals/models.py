"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal
from terminals.live.models import TerminalEvent, TerminalMessage

__all__ = ["SamplePayment", "Terminal", "TerminalEvent", "TerminalMessage"]
