"""SQL that migrations share: foreign keys to the merchant, and append-only grants."""

from django.db import migrations


def merchant_keys(*tables: str) -> migrations.RunSQL:
    """
    Return the operation that ties `tables` to the merchant's row.

    Core knows the merchant as a bare UUID, so the key is written here. Tables that every sale appends to are tied through their parents instead:
    a key-share lock of all tills on one merchant row would be a hot spot.
    """
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchant_merchant (id)"
            for table in tables
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {table}_merchant_fk" for table in tables],
    )


def append_only(*tables: str) -> migrations.RunSQL:
    """Return the operation that leaves the application's role SELECT and INSERT on `tables`; their triggers refuse the rest for everybody."""
    revoke = "; ".join(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM tillsyn_app" for table in tables)
    return migrations.RunSQL(
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillsyn_app') THEN {revoke}; END IF; END $$",
        migrations.RunSQL.noop,
    )
