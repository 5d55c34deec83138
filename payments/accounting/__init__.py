"""
What the accountant needs: account numbers for the ledger's accounts, closing of periods, the log of journals handed out.

Never books and never writes a file: journals are the ledger's, files those of `reports.exports`. Start in `plans.py`, then `periods.py`.
"""
