"""Which of our operations a processor's report has to bring."""

# Every operation `o` on account `g`, its own, whose money stands on a processor's clearing account. What was paid in cash or with a voucher has no account.
SUCCEEDED = "o.merchant_id = %(merchant)s AND o.status = 'succeeded' AND g.gateway <> 'manual'"
# An authorisation is one of them when the money moved with it: what captures at once always does,
MOVED = "o.kind IN ('capture', 'refund', 'take_back') OR o.kind = 'authorise' AND o.captures_at_once AND o.result_minor IS DISTINCT FROM 0"
# others only if the processor captured without being asked.
MOVED_UNASKED = """
    o.kind = 'authorise' AND NOT o.captures_at_once
    AND NOT EXISTS (SELECT FROM payment_payment n WHERE n.id = o.payment_id AND n.captured_minor = 0 AND n.taken_back_minor = 0)
    AND NOT EXISTS (SELECT FROM payment_operation c WHERE c.payment_id = o.payment_id AND c.kind = 'capture' AND c.status = 'succeeded')
"""
EXPECTED = f"{SUCCEEDED} AND ({MOVED} OR {MOVED_UNASKED})"
