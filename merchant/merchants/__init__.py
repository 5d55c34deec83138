"""
The merchant, its stores and registers.

Owns identity, zones, business-day cut-offs and register numbering. Never moves money or stock. Start in `models.py`.
"""
