"""What a terminal is doing, as staff say it."""

# Not a table of moves: a device reports what it is, and any state may follow any other.
TERMINAL_STATES = ["offline", "ready", "in_payment", "unknown", "needs_care", "updating"]
