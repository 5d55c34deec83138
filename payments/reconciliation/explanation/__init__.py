"""Explain this cent: from the bank down to the receipt and back, and what is due on which day."""
