"""
What a processor may charge: dated contracts with their prices, and the fee expected for one row of a report.

Never books anything and reads no report; reconciliation compares. Start in `pricing.py`.
"""
