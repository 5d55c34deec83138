"""What a report settled less than was agreed is with the processor, however far the rest is: noted with the stage of its payment."""

from django.db import migrations, models

# Their stage was derived so far; what nobody has decided about is noted, and the next run notes the claims.
NOTE_SETTLED_SHORT = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage, unsettled_minor)
SELECT o.payment_id, e.merchant_id, coalesce(max(c.settled_minor), 0), coalesce(max(c.money_stage), 'taken'), greatest(-sum(e.amount_minor), 0)
FROM recon_exception e JOIN payment_operation o ON o.id = e.operation_id LEFT JOIN payment_stage_carried c ON c.payment_id = o.payment_id
WHERE e.kind = 'amount' AND e.settlement_line_id IS NOT NULL AND (e.status = 'open' OR e.status = 'resolved'
    AND e.id IN (SELECT deviation_id FROM recon_decision WHERE way = 'claim' AND undone_at IS NULL))
GROUP BY 1, 2
ON CONFLICT (payment_id) DO UPDATE SET unsettled_minor = excluded.unsettled_minor
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0035_waiting_pages"),
    ]

    operations = [
        migrations.AddField("stage", "unsettled_minor", models.BigIntegerField(default=0, db_default=0)),
        migrations.RunSQL(NOTE_SETTLED_SHORT, migrations.RunSQL.noop),
    ]
