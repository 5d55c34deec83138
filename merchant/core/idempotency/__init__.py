"""
The same request twice has the effect of one.

Owns the stored answers. Every money endpoint is one transaction that ends with its answer being stored, because gateways are only asked afterwards by the
relay; so a crash leaves either everything or nothing and no request has to be resumed. Start in `services.answer_once`.
"""
