"""
The price that holds in a place: that of the store's price list, else that of its channel's, else the article's own.

SQL that prices of a till, a cart and the catalogue share, so that a tablet shows what it will be asked to pay. Needs `v` (the variant) and the parameters merchant,
currency, store and channel.
"""

OWN_PRICE = """
LEFT JOIN pricing_price price ON price.merchant_id = v.merchant_id AND price.variant_id = v.id AND price.currency = %(currency)s
"""
LIST_PRICE = """
LEFT JOIN LATERAL (
    SELECT row.amount_minor, list.currency, list.includes_tax FROM pricing_list_price row JOIN pricing_price_list list ON list.id = row.price_list_id
    WHERE row.merchant_id = v.merchant_id AND row.variant_id = v.id AND list.currency = %(currency)s
        AND (list.store_id = %(store)s::uuid OR list.channel_id = %(channel)s::uuid)
    ORDER BY list.store_id IS NULL LIMIT 1
) listed ON true
"""
LISTED = OWN_PRICE + LIST_PRICE
AMOUNT = "coalesce(listed.amount_minor, price.amount_minor)"
INCLUDES_TAX = "coalesce(listed.includes_tax, price.includes_tax)"
