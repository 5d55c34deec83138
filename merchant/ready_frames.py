"""
Websockets whose server takes a frame that was made once for many of them.

uvicorn makes the bytes of a message anew for each socket, which cost as much as writing them. A message that carries the finished frame under `READY` beside its
text has it written as it is; any other server takes the text. Start it with `ws="merchant.ready_frames:ReadyFrameProtocol"`.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

# The key of the finished frame in a `websocket.send`; `terminals.live.frames` makes such messages.
READY = "tillsyn.frame"


class ReadyFrameProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket; a finished frame goes out as it is where the socket is open and takes bytes, and nothing compresses them."""

    async def send(self, message: Any) -> None:
        """Send one message, in order. Waits where the reader is slow."""
        frame = message.get(READY)
        if frame is None or not self._takes_frames():
            await super().send(message)
        else:
            self.transport.write(frame)

    def _takes_frames(self) -> bool:
        return (
            self.handshake_complete
            and self.writable.is_set()
            and not self.close_sent
            and not self.disconnected
            and self.conn.state is State.OPEN
            and not self.conn.extensions
        )
