"""Closings are numbered, can be taken back by two people, and PostgreSQL refuses a journal of a closed day."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from merchant.core.guards import append_only

# Beside the service, which moves a late fact to the next open day: whoever writes past it is refused.
CLOSED_DAYS = """
CREATE FUNCTION ledger_day_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed date;
BEGIN
    SELECT a.business_date INTO closed FROM added a
        WHERE a.business_date <= (SELECT l.locked_until FROM ledger_period_lock l WHERE l.merchant_id = a.merchant_id ORDER BY l.number DESC LIMIT 1)
        LIMIT 1;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'the books are closed on %', closed USING ERRCODE = '23514', CONSTRAINT = 'journal_day_is_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_day_is_open AFTER INSERT ON ledger_journal
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_day_is_open();
"""
DROP_CLOSED_DAYS = "DROP TRIGGER journal_day_is_open ON ledger_journal; DROP FUNCTION ledger_day_is_open();"
NUMBERED = """
UPDATE ledger_period_lock l SET number = n.place
FROM (SELECT id, row_number() OVER (PARTITION BY merchant_id ORDER BY created_at, id) AS place FROM ledger_period_lock) n WHERE n.id = l.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0012_discount_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="periodlock",
            name="actor_name",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="periodlock",
            name="approval_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="periodlock",
            name="approved_by",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="periodlock",
            name="number",
            field=models.IntegerField(default=1),
        ),
        migrations.AddField(
            model_name="periodlock",
            name="reason",
            field=models.CharField(default="", max_length=200),
        ),
        migrations.RunSQL(NUMBERED, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="periodlock",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1de2b19dbaf54d9b4ffbb32d4e3cf2147608d599",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8a65a",
                    table="ledger_period_lock",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="periodlock",
            constraint=models.UniqueConstraint(fields=("merchant_id", "number"), name="period_lock_once"),
        ),
        append_only("ledger_period_lock"),
        migrations.RunSQL(CLOSED_DAYS, DROP_CLOSED_DAYS),
    ]
