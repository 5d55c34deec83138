"""
A payment processor that behaves like a real one: HTTP API, hosted card page, webhooks, settlement reports, bank.

It is a program of its own with its own storage and its own truth, and imports nothing of the application, so that
unknown outcomes and reconciliation are real. Start reading in `app.py`, then `reception.py`; `docs/sandbox.md` has
the API.
"""
