"""
What callers asked of the REST API: method, address, answer, how long.

Owns the request log and how long it is kept. Never keeps a body, a query string or a header. Start in `recording.py`.
"""
