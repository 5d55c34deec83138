"""Rules of routing in versions, every decision with what it rested on, and an account's latest operations."""

import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_disputes"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoutingDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("payment_id", models.UUIDField()),
                ("order_id", models.UUIDField()),
                ("after_payment_id", models.UUIDField(null=True)),
                ("gateway_account_id", models.UUIDField()),
                ("plan_version", models.IntegerField()),
                ("rule", models.CharField(default="", max_length=80)),
                ("reason", models.TextField()),
                ("inputs", models.JSONField()),
                ("outcome", models.JSONField()),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "db_table": "routing_decision",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RoutingPlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField()),
                ("rules", models.JSONField(default=list)),
                ("note", models.CharField(default="", max_length=200)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "routing_plan",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("gateway_account__isnull", False), ("kind", "authorise")),
                fields=["gateway_account", "-id"],
                name="operation_latest_of_account",
            ),
        ),
        migrations.AddIndex(
            model_name="routingdecision",
            index=models.Index(fields=["merchant_id", "-id"], name="routing_decision_newest"),
        ),
        migrations.AddConstraint(
            model_name="routingdecision",
            constraint=models.UniqueConstraint(fields=("payment_id",), name="routing_decision_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routingdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="67b69ce049dc096f873e6178691a87cdc2b626ec",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_853e5",
                    table="routing_decision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="routingplan",
            constraint=models.UniqueConstraint(fields=("merchant_id", "version"), name="routing_plan_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routingplan",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f20861aee85c18092b082ad963215b07ddd8e559",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_15326",
                    table="routing_plan",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("routing_plan", "routing_decision"),
        append_only("routing_plan", "routing_decision"),
    ]
