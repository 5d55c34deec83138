"""
Card terminals: registry, pairing, placement, sample payments.

Owns what is known of a device. Never moves money. Start in `models.py`.
"""
