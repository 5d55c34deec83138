"""
The figures of a period: sales, tax, tenders, refunds, fees, payouts, vouchers and disputes, by day, store, channel or their own kind.

Owns no table: every figure is a sum of facts that others wrote, and opens them. Start in `definitions.py`.
"""
