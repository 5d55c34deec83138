"""
Home: takings, what needs a person, where the money is.

Reads only. Start in `queries.py`.
"""
