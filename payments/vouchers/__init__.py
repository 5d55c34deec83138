"""
Gift cards and store credit: money the merchant owes.

Owns balances, changed by conditional update with a CHECK behind. Start in `services.py`.
"""
