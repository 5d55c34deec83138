"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal, TerminalCheck, TerminalSetting
from terminals.drivers.models import TerminalMessage
from terminals.live.models import TerminalEvent

__all__ = ["SamplePayment", "Terminal", "TerminalCheck", "TerminalEvent", "TerminalMessage", "TerminalSetting"]
