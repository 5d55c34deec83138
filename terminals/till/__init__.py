"""
The reference till: the page at `/till/` that tablets open, and what makes it installable.

Owns the page, its words and its scripts in `static/till/`. Never reads or writes a row: the page is a client of the public REST API alone. Start in `views.py`,
then `static/till/main.js`.
"""
