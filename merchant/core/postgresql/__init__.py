"""Django's PostgreSQL backend, with patience. Owns how a process opens sessions while the server is away; knows no table."""
