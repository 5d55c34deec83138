"""
What every slice stands on: money, states, errors, tenancy, idempotency, outbox, jobs, audit, vault, clock.

Owns no business and imports nothing of ours. It knows the merchant as a bare UUID.
"""
