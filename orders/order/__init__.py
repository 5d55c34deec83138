"""
Orders: what was agreed, whatever the channel. A cart is an order that is still open.

Owns lines as snapshots and the money projections written downward by payments. Never asks a gateway. Start in `models.py`.
"""
