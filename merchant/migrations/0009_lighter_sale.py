"""Indexes nobody looks into are gone, and keys whose check locks a row that all tills share."""

import django.db.models.deletion
from django.db import migrations, models

# What a journal must be, in one reading of its postings instead of three.
ONE_READING = """
CREATE OR REPLACE FUNCTION ledger_journal_balances() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE counted integer; off text; base numeric;
BEGIN
    SELECT coalesce(sum(n), 0), string_agg(currency || ' ' || total, ', ') FILTER (WHERE total <> 0), coalesce(sum(based), 0) INTO counted, off, base
        FROM (SELECT currency, count(*) AS n, sum(amount_minor) AS total, sum(base_minor) AS based FROM ledger_posting WHERE journal_id = NEW.id GROUP BY currency) t;
    IF counted <> NEW.posting_count THEN
        RAISE EXCEPTION 'journal % has % postings, not %', NEW.id, counted, NEW.posting_count USING ERRCODE = '23514', CONSTRAINT = 'journal_posting_count';
    END IF;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'journal % is off by %', NEW.id, off USING ERRCODE = '23514', CONSTRAINT = 'journal_balances';
    END IF;
    IF base <> 0 THEN
        RAISE EXCEPTION 'journal % does not balance in base currency', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'journal_base_balances';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0008_training"),
    ]

    operations = [
        migrations.AlterField(
            model_name="journal",
            name="reverses",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.journal",
            ),
        ),
        migrations.AddConstraint(
            model_name="journal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)), fields=("reverses",), name="journal_reversed_once"
            ),
        ),
        migrations.RunSQL(ONE_READING, migrations.RunSQL.noop),
    ]
