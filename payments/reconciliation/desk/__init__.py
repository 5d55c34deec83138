"""
Exceptions as work: who has them, until when, what is decided and booked, undone until the batch is closed.

Owns decisions, closings of batches and the match rules. Never finds or matches anything by itself. Start in `services.decide`.
"""
