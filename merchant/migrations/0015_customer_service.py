"""Consent, joined and erased customers; the request log; results of checking the audit chain."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0014_attachments"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("position", models.BigIntegerField()),
                ("fault_position", models.BigIntegerField(null=True)),
                ("fault", models.CharField(default="", max_length=120)),
                ("checked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "core_audit_check",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CustomerConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("marketing_mail", "marketing_mail"),
                            ("marketing_sms", "marketing_sms"),
                            ("profiling", "profiling"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_given", models.BooleanField()),
                ("words", models.CharField(default="", max_length=400)),
                ("source", models.CharField(max_length=40)),
                ("recorded_by", models.CharField(max_length=120)),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "db_table": "merchant_customer_consent",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RequestLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=7)),
                ("path", models.CharField(max_length=200)),
                ("http_status", models.SmallIntegerField()),
                ("code", models.CharField(default="", max_length=60)),
                ("duration_ms", models.IntegerField()),
                ("caller_kind", models.CharField(max_length=12)),
                ("caller_id", models.UUIDField()),
                ("caller_name", models.CharField(max_length=120)),
                ("correlation_id", models.CharField(max_length=40)),
            ],
            options={
                "db_table": "merchant_request_line",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="customer",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="former_emails",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="customer",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.customer"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)), fields=["merchant_id", "-id"], name="customer_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant_id", "name", "id"], name="customer_by_name"),
        ),
        migrations.AddIndex(
            model_name="auditcheck",
            index=models.Index(fields=["merchant_id", "-id"], name="audit_check_newest"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditcheck",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8531b90d4bc65d2611d3d3c52e0ea7c00128bcd8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_901c0",
                    table="core_audit_check",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="customerconsent",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="merchant.customer"
            ),
        ),
        migrations.AddIndex(
            model_name="requestline",
            index=models.Index(fields=["merchant_id", "-id"], name="request_newest"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customerconsent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="895fd8b5f87027e09164f9dbfd1b877b6e0f6fd6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3ca34",
                    table="merchant_customer_consent",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("core_audit_check", "merchant_customer_consent", "merchant_request_line"),
        append_only("core_audit_check", "merchant_customer_consent"),
    ]
