"""
Making an order out of a basket and placing it: priced, numbered, reserved.

Never moves money. Start in `services.py`.
"""
