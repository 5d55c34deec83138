"""
Files out: CSV of payments, orders, journal and reconciliation, made with COPY, with control totals.

Owns export files and their jobs. Start in `services.py`.
"""
