"""The websocket routes, and what a web process starts for them."""

from django.urls import path

from merchant.lifespan import on_start, on_stop
from terminals.live.consumers import TerminalConsumer
from terminals.live.doorkeeper import doorkeeper
from terminals.live.hub import hub
from terminals.live.line import switchboard
from terminals.live.screen_consumers import StaffConsumer, TabletConsumer

urlpatterns = [
    path("ws/terminal/", TerminalConsumer.as_asgi()),
    path("ws/staff/", StaffConsumer.as_asgi()),
    path("ws/v1/", TabletConsumer.as_asgi()),
]


@on_start
async def start_listening() -> None:
    """Listen for terminal messages and for what screens are told."""
    switchboard.start()
    hub.start()
    doorkeeper.start()


@on_stop
async def stop_listening() -> None:
    """Stop all of it."""
    switchboard.stop()
    await doorkeeper.stop()
    await hub.stop()
