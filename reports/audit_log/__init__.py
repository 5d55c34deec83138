"""
Who did what, when, to which object: the audit log as staff read it, and what its chain is worth.

Owns the page, the file and the nightly look at the chain; the rows are `merchant.core.audit`'s and are never changed. Start in `queries.py`.
"""
