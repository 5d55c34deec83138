"""Reports that are issued again: rows that changed, and rows that are gone."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0024_fees"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportfile",
            name="rows_changed",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="reportfile",
            name="rows_gone",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name="LineChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("replaced_id", models.UUIDField()),
                ("reversal_id", models.UUIDField()),
                ("line_id", models.UUIDField()),
                (
                    "earlier_report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.reportfile"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="payments.reportfile"
                    ),
                ),
            ],
            options={
                "db_table": "settlement_change",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.UniqueConstraint(fields=("replaced_id",), name="settlement_line_replaced_once"),
                    models.UniqueConstraint(fields=("reversal_id",), name="settlement_reversal_once"),
                    models.UniqueConstraint(fields=("line_id",), name="settlement_line_replaces_once"),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="linechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c00a789f8b7be6c98adec50c836d0205d4167a51",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2e394",
                    table="settlement_change",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("settlement_change"),
        append_only("settlement_change"),
    ]
