"""
Home: takings, what needs a person, where the money is. The inbox: all that needs a person, and who sees to it.

Reads the other slices; writes only who was given what. Start in `queries.py`.
"""
