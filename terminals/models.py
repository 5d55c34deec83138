"""Index of the tables of `terminals`."""

from terminals.devices.models import SamplePayment, Terminal, TerminalCheck, TerminalSetting
from terminals.drivers.models import TerminalMessage
from terminals.live.models import TerminalEvent
from terminals.pos.models import OfflineRules, OfflineSale
from terminals.pos.shifts.models import Closing, Count, Drawer, Movement, Shift
from terminals.pos.splitting.models import PartPayment, Split, SplitPart
from terminals.pos.training.models import TrainingSale

__all__ = [
    "Closing",
    "Count",
    "Drawer",
    "Movement",
    "OfflineRules",
    "OfflineSale",
    "PartPayment",
    "SamplePayment",
    "Shift",
    "Split",
    "SplitPart",
    "Terminal",
    "TerminalCheck",
    "TerminalEvent",
    "TerminalMessage",
    "TerminalSetting",
    "TrainingSale",
]
