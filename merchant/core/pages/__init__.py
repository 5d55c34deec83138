"""
What every staff page is made of: its frame, its parts as plain data, its words for states, its template tags.

It never queries and never decides: views hand it prepared values. Start reading at `parts.py`, then `tags.py`.
"""
