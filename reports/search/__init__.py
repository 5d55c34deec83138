"""
One box that finds payments, orders, customers and payouts.

Reads only. Start in `queries.py`.
"""
