"""Which of our operations a processor's report has to bring."""

# Every operation `o` of payment `p` on account `g` whose money stands on a processor's clearing account.
EXPECTED = """
    o.merchant_id = %(merchant)s AND o.status = 'succeeded' AND g.gateway <> 'manual' AND p.method NOT IN ('cash', 'gift_card', 'store_credit')
    AND (o.kind IN ('capture', 'refund', 'take_back') OR o.kind = 'authorise' AND (p.captured_minor > 0 OR p.taken_back_minor > 0) AND (o.captures_at_once OR NOT EXISTS (
        SELECT FROM payment_operation c WHERE c.payment_id = p.id AND c.kind = 'capture' AND c.status = 'succeeded')))
"""
