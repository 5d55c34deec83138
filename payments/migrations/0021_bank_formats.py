"""A bank line keeps the reference its payer quoted and the sum it was booked in; files in columns nobody has a format for are read by a mapping."""

import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0020_accounting"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementline",
            name="reference",
            field=models.CharField(db_default="", default="", max_length=140),
        ),
        migrations.AddField(
            model_name="statementline",
            name="carried_by",
            field=models.CharField(db_default="", default="", max_length=80),
        ),
        migrations.CreateModel(
            name="UnknownFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("side", models.CharField(choices=[("report", "report"), ("statement", "statement")], max_length=10)),
                ("account_id", models.UUIDField()),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "import_unknown_file",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("side", models.CharField(choices=[("report", "report"), ("statement", "statement")], max_length=10)),
                ("name", models.CharField(max_length=80)),
                ("version", models.PositiveIntegerField()),
                ("spec", models.JSONField()),
                ("signature", models.CharField(max_length=64)),
                ("header", models.JSONField(default=list)),
                ("account_id", models.UUIDField(null=True)),
                ("sample_sha256", models.CharField(default="", max_length=64)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(default="", max_length=120)),
            ],
            options={
                "db_table": "column_mapping",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "side", "name", "version"), name="column_mapping_version_once"
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="columnmapping",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="80d696430fc938532311470ce34d004497df6558",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_02097",
                    table="column_mapping",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="unknownfile",
            constraint=models.UniqueConstraint(
                fields=("merchant_id", "account_id", "sha256"), name="unknown_file_once"
            ),
        ),
        merchant_keys("column_mapping", "import_unknown_file"),
        append_only("column_mapping"),
    ]
