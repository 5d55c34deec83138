"""
What things cost: prices per currency, dated tax rates, simple promotions.

Owns the arithmetic of a basket. Never stores an order. Start in `services.price_basket`.
"""
