"""
Payments being processed: operations created, sent by the relay, looked up when unknown.

The only slice that talks to gateways about money. Start in `operations.py`, with which every request begins, and `authorisations.py`; `captures.py`, `voids.py`,
`refunds.py` and `increments.py` follow an authorisation, and `sending.py` is what the relay does with all of them.
"""
