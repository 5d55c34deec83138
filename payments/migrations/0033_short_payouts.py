"""Of a payout that came short, what arrived is in the bank: its payments are told one by one, with what is missing of each."""

from django.db import migrations, models

# The next run tells what each of them lacks.
TELL_SHORT = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT o.payment_id, m.merchant_id, m.amount_minor, 'paid_out'
FROM settlement_payout p JOIN recon_match m ON m.carried_by_id = p.id AND m.undone_at IS NULL JOIN payment_operation o ON o.id = m.operation_id
WHERE p.status = 'short'
ON CONFLICT (payment_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0032_parked_events"),
    ]

    operations = [
        migrations.AddField("stage", "missing_minor", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddConstraint(
            "stage",
            models.CheckConstraint(
                condition=models.Q(missing_minor=0) | models.Q(missing_minor__gt=0, money_stage="short"),
                name="stage_missing_if_short",
            ),
        ),
        migrations.RunSQL(TELL_SHORT, migrations.RunSQL.noop),
    ]
