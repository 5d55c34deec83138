"""The vendor-neutral agent: JSON messages over one websocket. See `docs/terminal-protocol.md`."""
