"""How passwords are stored: Argon2id with the first of OWASP's recommended settings."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Two passes over 46 MiB in one lane: about 60 ms, and no more memory than a small host can give."""

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1
