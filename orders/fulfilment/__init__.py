"""
Hand-over of goods: the moment of revenue. And goods coming back.

Owns fulfilments and returns; moves stock and books revenue in one transaction. Never moves money. Start in `services.py`, for what comes back in `taking_back.py`.
"""
