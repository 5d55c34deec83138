"""
Which of many references stand in the texts of many bank lines, anywhere in them, in time that grows with the texts and not with the number of references.

Only lines that have what any reference begins with are looked into; each place of theirs where one begins is looked up by every length that references have. Tens of
thousands of lines that nothing explains are searched by every run: each reference against each text would hold all runs up.
"""

from __future__ import annotations

from typing import Any

from merchant.core import db

# Shorter references and numbers occur by chance in a bank's text.
LENGTH_MIN = 6
# References of one maker begin alike. So many beginnings are found sooner by searching each text for each of them than by looking up all its places.
_HEADS_TRIED_MAX = 200

_WANTED = "AS SELECT DISTINCT form, length(form) AS length, left(form, {least}) AS head FROM ({forms}) f WHERE length(form) >= {least}"
_HAS_HEAD = "WHERE EXISTS (SELECT FROM wanted_head h WHERE position(h.head IN t.said) > 0)"
_PLACES = f"""
AS SELECT t.id, t.said, at FROM searched_text t CROSS JOIN LATERAL generate_series(1, length(t.said) - {LENGTH_MIN - 1}) at
JOIN wanted_head h ON h.head = substr(t.said, at, {LENGTH_MIN})
"""  # noqa: S608
_NAMED = """
AS SELECT DISTINCT p.id AS line_id, w.form FROM named_place p CROSS JOIN (SELECT DISTINCT length FROM wanted_form) long
JOIN wanted_form w ON w.form = substr(p.said, p.at, long.length)
"""


def find_named(table: str, *, texts: str, forms: str, parameters: dict[str, Any]) -> None:
    """
    Make the temporary `table` of (`line_id`, `form`), each pair once: which of the forms (a query for `form`) stand as they are in which of the texts (for `id`, `said`).

    Forms shorter than `LENGTH_MIN` are not found. Each step is a table of its own, because no planner knows how many places name anything.
    """
    db.temporary_table("wanted_form", _WANTED.format(forms=forms, least=LENGTH_MIN), parameters)
    heads = db.temporary_table("wanted_head", "AS SELECT DISTINCT head FROM wanted_form")
    narrow = _HAS_HEAD if heads <= _HEADS_TRIED_MAX else ""
    db.temporary_table("searched_text", f"AS SELECT t.id, t.said FROM ({texts}) t {narrow}", parameters)  # noqa: S608
    db.execute("ANALYZE wanted_form, wanted_head, searched_text")
    db.temporary_table("named_place", _PLACES)
    db.execute("ANALYZE named_place")
    db.temporary_table(table, _NAMED)
    db.execute(f"ANALYZE {table}")
