"""The live match of a settlement line has the line's id, and how far an ordinary payment's money is follows from its match and the payout, without a row of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

# Rows of stages that are there stay: what was told goes before what is derived.
LINES_IDS = """
UPDATE recon_match SET id = settlement_line_id WHERE settlement_line_id IS NOT NULL AND undone_at IS NULL
"""
VIEW = """
CREATE VIEW payment_stage_carried AS
SELECT o.payment_id, m.merchant_id, m.amount_minor AS settled_minor, CASE p.status WHEN 'in_bank' THEN 'reconciled' ELSE 'paid_out' END AS money_stage
FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN settlement_payout p ON p.id = m.carried_by_id
WHERE m.undone_at IS NULL AND m.operation_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_till_entries_and_deposits"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarriedStage",
            fields=[
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "payment",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="carried_stage",
                        serialize=False,
                        to="payments.payment",
                    ),
                ),
                ("settled_minor", models.BigIntegerField()),
                ("money_stage", models.CharField(max_length=12)),
            ],
            options={
                "db_table": "payment_stage_carried",
                "abstract": False,
                "managed": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="match",
            name="settlement_line_matched_once",
        ),
        migrations.RemoveIndex(
            model_name="settlementline",
            name="settlement_line_unplaced",
        ),
        migrations.RemoveIndex(
            model_name="stage",
            name="payment_stage_by_payout",
        ),
        migrations.RemoveField(
            model_name="stage",
            name="payout_id",
        ),
        migrations.AddField(
            model_name="match",
            name="carried_by_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="settlementline",
            index=models.Index(
                condition=models.Q(("kind__in", ["sale", "refund"]), _negated=True),
                fields=["merchant_id", "report"],
                name="settlement_line_others",
            ),
        ),
        migrations.RunSQL(LINES_IDS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settlement_line_id", None),
                    models.Q(("id", models.F("settlement_line_id")), ("undone_at", None)),
                    models.Q(
                        ("undone_at__isnull", False), models.Q(("id", models.F("settlement_line_id")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="live_match_is_its_line",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE payment_stage RESET (fillfactor)", "ALTER TABLE payment_stage SET (fillfactor = 50)"
        ),
        migrations.RunSQL(VIEW, "DROP VIEW payment_stage_carried"),
    ]
