"""Account plans, their numbers, and the log of journal files."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0013_books"),
        ("payments", "0019_rows_known"),
    ]

    operations = [
        migrations.CreateModel(
            name="JournalExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("format", models.CharField(max_length=30)),
                ("date_from", models.DateField()),
                ("date_to", models.DateField()),
                ("detail", models.CharField(max_length=10)),
                ("closing", models.IntegerField(null=True)),
                ("plan_number", models.IntegerField()),
                ("head", models.JSONField()),
                ("days", models.JSONField()),
                ("journal_count", models.BigIntegerField()),
                ("posting_count", models.BigIntegerField()),
                ("debit_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("sha256", models.CharField(max_length=64)),
                ("actor_name", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "accounting_export",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AccountPlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("number", models.IntegerField()),
                ("chart", models.CharField(max_length=10)),
                ("settings", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("actor_name", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "accounting_plan",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [models.UniqueConstraint(fields=("merchant_id", "number"), name="account_plan_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AccountNumber",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("kind", models.CharField(max_length=30)),
                ("subject", models.CharField(default="", max_length=80)),
                ("number", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("is_automatic", models.BooleanField(default=False)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.accountplan"
                    ),
                ),
            ],
            options={
                "db_table": "accounting_number",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accountplan",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cee00942923a6e8dbc5cccae0b776562700ea265",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_df14c",
                    table="accounting_plan",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="journalexport",
            index=models.Index(fields=["merchant_id", "format", "date_from", "-id"], name="journal_export_newest"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="journalexport",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="069d5a10b2fbb7912b43b1bd7aae3849024d8111",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_07026",
                    table="accounting_export",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="accountnumber",
            constraint=models.UniqueConstraint(fields=("plan", "kind", "subject"), name="account_number_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accountnumber",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="18e9b06c23290b254022d38b961d852a00255587",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7926e",
                    table="accounting_number",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("accounting_plan", "accounting_number", "accounting_export"),
        append_only("accounting_plan", "accounting_number", "accounting_export"),
    ]
