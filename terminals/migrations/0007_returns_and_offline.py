"""What tills may do offline, and the sales that arrived from there."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0010_returns_and_offline"),
        ("terminals", "0006_configuration"),
    ]

    operations = [
        migrations.CreateModel(
            name="OfflineRules",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("is_allowed", models.BooleanField(null=True)),
                ("sale_cash_max_minor", models.BigIntegerField(null=True)),
                ("sale_gift_card_max_minor", models.BigIntegerField(null=True)),
                ("device_cash_max_minor", models.BigIntegerField(null=True)),
                ("device_gift_card_max_minor", models.BigIntegerField(null=True)),
                ("device_sales_max", models.IntegerField(null=True)),
                ("age_minutes_max", models.IntegerField(null=True)),
                (
                    "store",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.store"
                    ),
                ),
            ],
            options={
                "db_table": "till_offline_rules",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant_id", "store"), name="offline_rules_once", nulls_distinct=False
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OfflineSale",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("key", models.CharField(max_length=255)),
                ("status", models.CharField(choices=[("refused", "refused"), ("landed", "landed")], max_length=8)),
                ("refusal", models.CharField(default="", max_length=60)),
                ("refusal_text", models.CharField(default="", max_length=300)),
                ("order_id", models.UUIDField(null=True)),
                ("receipt_number", models.BigIntegerField(null=True)),
                ("printed_number", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("cash_minor", models.BigIntegerField()),
                ("gift_card_minor", models.BigIntegerField()),
                ("price_difference_minor", models.BigIntegerField(default=0)),
                ("oversold", models.JSONField(default=dict)),
                ("sold_at", models.DateTimeField()),
                ("arrived_at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.device"
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.register"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.store"
                    ),
                ),
            ],
            options={
                "db_table": "till_offline_sale",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "landed")),
                        fields=["device", "sold_at"],
                        name="offline_sale_by_device",
                    ),
                    models.Index(fields=["merchant_id", "-id"], name="offline_sale_newest"),
                    models.Index(
                        condition=models.Q(("status", "refused")), fields=["merchant_id"], name="offline_sale_refused"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["refused", "landed"])), name="offline_sale_status_known"
                    ),
                    models.UniqueConstraint(fields=("device", "key"), name="offline_sale_once"),
                    models.CheckConstraint(
                        condition=models.Q(("cash_minor__gte", 0), ("gift_card_minor__gte", 0)),
                        name="offline_sale_not_negative",
                    ),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offlinesale",
            trigger=pgtrigger.compiler.Trigger(
                name="offline_sale_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{refused:landed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="764bfd220094767ac46b267d5646adb70400b82b",
                    operation="UPDATE",
                    pgid="pgtrigger_offline_sale_states_16cac",
                    table="till_offline_sale",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("till_offline_rules", "till_offline_sale"),
    ]
