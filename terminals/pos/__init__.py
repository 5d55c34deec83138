"""
The REST API of the till: catalogue sync, sales, tenders, refunds, receipts.

Orchestrates the slices below in one transaction per request; owns no table. Start in `services.py`.
"""
