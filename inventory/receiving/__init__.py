"""
Goods in: supplier deliveries, transfers between stores, counts.

Owns the papers and how much of them has arrived; levels are changed by stock alone. Start in `deliveries.py`, `transfers.py`, `counts.py`.
"""
