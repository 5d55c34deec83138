"""The ledger's guards look postings up by their index from the first row on."""

from django.db import migrations

# A session keeps the plan a guard was first run with. Made while the table was nearly empty it reads the whole table, and goes on reading it while thousands
# of postings arrive: 40,000 scans and seconds a sale were seen in the first minute of a new installation.
ALWAYS_BY_INDEX = """
ALTER FUNCTION ledger_journal_balances() SET enable_seqscan = off;
ALTER FUNCTION ledger_posting_complete() SET enable_seqscan = off;
"""
AS_BEFORE = """
ALTER FUNCTION ledger_journal_balances() RESET enable_seqscan;
ALTER FUNCTION ledger_posting_complete() RESET enable_seqscan;
"""


class Migration(migrations.Migration):
    dependencies = [("merchant", "0004_jobs_may_be_asked_again")]

    operations = [migrations.RunSQL(ALWAYS_BY_INDEX, AS_BEFORE)]
