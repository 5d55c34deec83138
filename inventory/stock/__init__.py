"""
How many stand where: levels, reservations, movements.

The only writer of stock. Changes it by conditional update in (variant, store) order, with CHECKs behind. Start in `services.py` (the shelf) and `reservations.py`.(the shelf) and `reservations.py`.
"""
