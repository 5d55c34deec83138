"""
Readers for bank statements. Pure: no database, no clock, no network.

A reader yields entries as they come and, behind the last entry of each statement, the statement with its sums.
A new format is one module here and one line in `registry.py`.
"""
