"""
Secrets at rest: gateway keys, webhook secrets, bank data.

AES-256-GCM, a data key per merchant wrapped by the master key, the context bound in: a ciphertext moved to another row or merchant does not open. Holds no card
number, ever. Start in `services.seal`.
"""
