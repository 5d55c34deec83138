"""
The REST API of the till: catalogue sync, sales, tenders, refunds, receipts.

Orchestrates the slices below in one transaction per request; of its own it keeps only what tills did without a line. Start in `services.py` (orders), `sales.py`
(cash in one call) and `offline.py`.
"""
