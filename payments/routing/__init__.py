"""
Which gateway account takes a payment, and why.

Never talks to a gateway. Start in `rules.decide`, the one pure function behind payments, failover, dry runs and replays; `services` feeds it and stores its word.
"""
