"""What must hold after every test that touched the database, whatever it did."""

from django.db import connection
from psycopg.pq import TransactionStatus

NEEDED = {"journal_id", "currency", "amount_minor"}
POSTINGS = "ledger_posting"


def check_invariants() -> None:
    """
    Assert that every journal sums to zero in each currency. Does nothing while the ledger's table does not exist,
    or when the test left its transaction broken (then nothing of it can be stored).
    """
    if connection.connection is None or connection.needs_rollback:
        return
    if connection.connection.info.transaction_status == TransactionStatus.INERROR:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [POSTINGS],
        )
        if not {name for (name,) in cursor.fetchall()} >= NEEDED:
            return
        cursor.execute(
            f"SELECT journal_id, currency, sum(amount_minor) FROM {POSTINGS}"
            " GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0 LIMIT 5"
        )
        assert cursor.fetchall() == [], "journals that do not sum to zero (journal, currency, sum)"
