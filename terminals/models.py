"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal
from terminals.drivers.models import TerminalMessage
from terminals.live.models import TerminalEvent
from terminals.pos.splitting.models import PartPayment, Split, SplitPart

__all__ = ["PartPayment", "SamplePayment", "Split", "SplitPart", "Terminal", "TerminalEvent", "TerminalMessage"]
