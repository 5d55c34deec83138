"""Index of the jobs of `terminals`."""

from terminals.card_present import tasks as card_present

__all__ = ["card_present"]
