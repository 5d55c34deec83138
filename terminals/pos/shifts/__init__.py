"""
Shifts of a register: float, drawer, counts, hand-over, close; X and Z.

Never changes what was sold; a Z is frozen when it is made. Start in `services.py`; what a Z adds up is `figures.py`.
"""
