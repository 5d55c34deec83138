"""How far money is has rows of its own; indexes that were there twice are there once."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

# A day's payments move on all at once when the bank has their payout: with as much room left as is taken, each new version stays on its page.
MOVE = [
    "ALTER TABLE payment_stage SET (fillfactor = 50)",
    """
    INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
    SELECT id, merchant_id, settled_minor, money_stage FROM payment_payment WHERE money_stage <> 'taken' OR settled_minor <> 0
    """,
]
MOVE_BACK = """
    UPDATE payment_payment p SET settled_minor = s.settled_minor, money_stage = s.money_stage FROM payment_stage s WHERE s.payment_id = p.id
"""

# The application's role owns no table, so it may not analyze one itself. Without this a run that follows a large import within autovacuum's minute would be
# planned for the few rows there were before.
ANALYZE = """
CREATE FUNCTION analyze_settling() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET default_statistics_target = 30 AS $$
BEGIN
    ANALYZE settlement_line (id, report_id, kind, operation_reference), recon_match (id, settlement_line_id, operation_id, undone_at);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_longer_series"),
        ("payments", "0005_caps_are_for_asking"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "payment",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stage",
                        serialize=False,
                        to="payments.payment",
                    ),
                ),
                ("settled_minor", models.BigIntegerField()),
                ("money_stage", models.CharField(max_length=12)),
                ("payout_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "payment_stage",
                "indexes": [models.Index(fields=["merchant_id", "payout_id"], name="payment_stage_by_payout")],
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.RemoveField(
            model_name="payment",
            name="money_stage",
        ),
        migrations.RemoveField(
            model_name="payment",
            name="settled_minor",
        ),
        migrations.AlterField(
            model_name="evidence",
            name="operation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="payments.operation",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="payment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operations",
                to="payments.payment",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="orders.order"
            ),
        ),
        migrations.AddIndex(
            model_name="settlementline",
            index=models.Index(
                condition=models.Q(("kind__in", ["other", "adjustment", "transfer"])),
                fields=["merchant_id"],
                name="settlement_line_unplaced",
            ),
        ),
        migrations.RunSQL(ANALYZE, "DROP FUNCTION analyze_settling()"),
    ]
