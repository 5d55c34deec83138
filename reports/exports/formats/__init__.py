"""
One module per kind of file: its columns, its rows, its control totals. All of it is SQL, so that PostgreSQL writes the file.

`registry.py` names them all. A new kind is a copy of its neighbour and a line there.
"""
