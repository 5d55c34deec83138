"""
Payments being processed: operations created, sent by the relay, looked up when unknown.

The only slice that talks to gateways about money. Start in `services.py`.
"""
