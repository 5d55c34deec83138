"""A message to many screens as the server takes it, its websocket frame made once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from websockets.frames import Frame, Opcode

# The server's own key for it, see `merchant.ready_frames`.
_READY = "tillsyn.frame"
# The hub sends one message after the other, each in a few languages.
_KEPT = 8


@lru_cache(maxsize=_KEPT)
def sendable(text: str) -> Mapping[str, Any]:
    """Return the ASGI message that sends `text`, with its frame beside it; the same one for every screen that gets the text."""
    frame = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    return {"type": "websocket.send", "text": text, _READY: frame}
