"""`manage.py relay`: hand on events, send operations, deliver messages, wake workers."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from merchant.core import outbound
from merchant.core.outbox.relay import Relay


class Command(BaseCommand):
    """Runs a relay until it is told to stop. Any number may run."""

    help = "Hand on events, send operations to gateways, deliver messages, wake workers."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT, then let the work in hand finish."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        relay = Relay()
        relay.start()
        self.stdout.write("relay started")
        if outbound.is_paused():
            self.stdout.write(
                "Nothing is sent to the outside: this is a restored copy. `manage.py resume_outbound` ends that."
            )
        stopping.wait()
        relay.stop()
