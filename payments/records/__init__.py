"""
Payments and operations: one tender towards one order, and each thing asked of a gateway for it.

Owns both tables and the one function through which results arrive. Never talks to a gateway. Start in `models.py`, then `services.apply_result`.
"""
