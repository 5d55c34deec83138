"""
Events: facts written in the business transaction and handed on after it.

Owns the outbox table and the relay's loop. Never calls a gateway itself and never loses an event. Start in `services.publish`.
"""
