"""
The proof: every invariant of the books, stock and states, compared and never changed.

Start in `checks.py`.
"""
