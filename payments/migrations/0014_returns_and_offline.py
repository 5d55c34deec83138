"""Goods without a receipt and their rules; gift cards taken offline; exchanges."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0010_returns_and_offline"),
        ("payments", "0013_lighter_sale"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tillentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("tender", "tender"),
                    ("refund", "refund"),
                    ("void", "void"),
                    ("return", "return"),
                    ("reclaim", "reclaim"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="tillentry",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.CreateModel(
            name="ReturnRules",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("day_limits", models.JSONField(null=True)),
                ("cash_max_minor", models.BigIntegerField(null=True)),
                ("price_days", models.SmallIntegerField(null=True)),
            ],
            options={
                "db_table": "after_sales_return_rules",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterField(
            model_name="operation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("authorise", "authorise"),
                    ("increment", "increment"),
                    ("capture", "capture"),
                    ("void", "void"),
                    ("refund", "refund"),
                    ("expire", "expire"),
                    ("take_back", "take_back"),
                    ("reclaim", "reclaim"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="method",
            field=models.CharField(
                choices=[
                    ("cash", "cash"),
                    ("card_present", "card_present"),
                    ("card", "card"),
                    ("wallet", "wallet"),
                    ("bank_transfer", "bank_transfer"),
                    ("gift_card", "gift_card"),
                    ("store_credit", "store_credit"),
                    ("exchange", "exchange"),
                ],
                max_length=14,
            ),
        ),
        migrations.CreateModel(
            name="LooseReturn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("lines", models.JSONField()),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                (
                    "payout",
                    models.CharField(
                        choices=[("cash", "cash"), ("store_credit", "store_credit"), ("exchange", "exchange")],
                        max_length=12,
                    ),
                ),
                ("voucher_id", models.UUIDField(null=True)),
                ("order_id", models.UUIDField(null=True)),
                ("approval_id", models.UUIDField(null=True)),
                ("reason", models.CharField(max_length=120)),
                ("actor_key", models.CharField(max_length=60)),
                ("actor_name", models.CharField(max_length=120)),
                ("business_date", models.DateField()),
                ("returned_at", models.DateTimeField()),
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
                "db_table": "after_sales_loose_return",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OfflineRedemption",
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
                ("store_id", models.UUIDField()),
                ("register_id", models.UUIDField()),
                ("voucher_id", models.UUIDField(null=True)),
                ("code_hash", models.CharField(max_length=64)),
                ("hint", models.CharField(max_length=8)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("confirmed_minor", models.BigIntegerField(default=0)),
                ("written_off_minor", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[("at_risk", "at_risk"), ("confirmed", "confirmed"), ("written_off", "written_off")],
                        default="at_risk",
                        max_length=11,
                    ),
                ),
                ("why", models.CharField(default="", max_length=40)),
                ("reason", models.CharField(default="", max_length=120)),
                ("taken_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "voucher_offline_redemption",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "at_risk")),
                        fields=["merchant_id"],
                        name="offline_redemption_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["at_risk", "confirmed", "written_off"])),
                        name="offline_redemption_status_known",
                    ),
                    models.UniqueConstraint(fields=("payment_id",), name="offline_redemption_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__gt", 0),
                            ("confirmed_minor__gte", 0),
                            ("written_off_minor__gte", 0),
                            (
                                "confirmed_minor__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount_minor"), "-", models.F("written_off_minor")
                                ),
                            ),
                        ),
                        name="offline_redemption_sane",
                    ),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offlineredemption",
            trigger=pgtrigger.compiler.Trigger(
                name="offline_redemption_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{at_risk:confirmed,at_risk:written_off}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="089ea1b3a252a0e8a01e0cdbe6c6b44b459a960d",
                    operation="UPDATE",
                    pgid="pgtrigger_offline_redemption_states_5fdb4",
                    table="voucher_offline_redemption",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="returnrules",
            name="store",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.store"
            ),
        ),
        migrations.AddIndex(
            model_name="loosereturn",
            index=models.Index(fields=["merchant_id", "-id"], name="loose_return_newest"),
        ),
        migrations.AddIndex(
            model_name="loosereturn",
            index=models.Index(fields=["merchant_id", "actor_key", "business_date"], name="loose_return_by_day"),
        ),
        migrations.AddConstraint(
            model_name="loosereturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gt", 0)), name="loose_return_of_something"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loosereturn",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2bd9384d95c0a605b7ff719deef0e27bad3233d0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_928e5",
                    table="after_sales_loose_return",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="returnrules",
            constraint=models.UniqueConstraint(
                fields=("merchant_id", "store"), name="return_rules_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="returnrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_max_minor__isnull", True), ("cash_max_minor__gte", 0), _connector="OR"),
                name="return_cash_not_negative",
            ),
        ),
        merchant_keys("after_sales_return_rules", "after_sales_loose_return", "voucher_offline_redemption"),
        append_only("after_sales_loose_return"),
    ]
