"""
One order, several who pay: by amount, by item or by person.

Owns who pays which part; what each still owes is derived from the order and its payments. Never moves money: a part is paid by ordinary payments. Start in `shares.py`.
"""
