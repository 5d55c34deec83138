"""
Goods that came back damaged: they stay off the shelf until somebody writes them off or puts them back. Owns that list and each decision.

Never takes goods back (orders and after-sales do) and never touches money. Start in `services`.
"""
