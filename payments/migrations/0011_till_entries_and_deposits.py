"""Till entries, which a Z counts, and cash deposits, which a statement brings."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys

# What moved at registers before entries were kept. Tenders of one-call sales stand on their receipts; their goods were booked as a sale.
# What of a payment was let go is one entry, with the last operation that let it go.
BEFORE = """
INSERT INTO payment_till_entry (id, merchant_id, register_id, order_id, kind, source_id, method, currency, amount_minor, business_date, at)
SELECT gen_random_uuid(), o.merchant_id, coalesce(nullif(o.instrument->>'register_id', '')::uuid, p.register_id), p.order_id, m.kind, o.id,
    coalesce(o.instrument->>'to', p.method), p.currency, m.minor, o.business_date, o.finished_at
FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
LEFT JOIN payment_operation parent ON parent.id = o.parent_id
CROSS JOIN LATERAL (
    SELECT 'tender' AS kind, o.result_minor AS minor WHERE o.kind IN ('authorise', 'increment') OR (o.kind = 'take_back' AND parent.kind = 'refund')
    UNION ALL
    SELECT 'refund', -o.result_minor WHERE o.kind = 'refund'
    UNION ALL
    SELECT 'void', -p.voided_minor WHERE o.id = (
        SELECT last.id FROM payment_operation last LEFT JOIN payment_operation undone ON undone.id = last.parent_id
        WHERE last.payment_id = p.id AND last.status = 'succeeded' AND last.kind IN ('void', 'expire', 'take_back') AND undone.kind IS DISTINCT FROM 'refund'
        ORDER BY last.id DESC LIMIT 1)
) m
WHERE o.status = 'succeeded' AND p.register_id IS NOT NULL AND m.minor <> 0
    AND NOT (o.kind = 'authorise' AND EXISTS (
        SELECT FROM ledger_journal j WHERE j.merchant_id = o.merchant_id AND j.recipe = 'goods_handed_over' AND j.source = 'sale:' || p.order_id))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0008_training"),
        ("orders", "0007_unfinished_orders"),
        ("payments", "0010_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="match",
            name="deposit_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="deviation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("missing_in_report", "missing_in_report"),
                    ("not_ours", "not_ours"),
                    ("amount", "amount"),
                    ("currency", "currency"),
                    ("fee", "fee"),
                    ("fx", "fx"),
                    ("duplicate", "duplicate"),
                    ("late", "late"),
                    ("refund_not_ours", "refund_not_ours"),
                    ("split", "split"),
                    ("unclassified", "unclassified"),
                    ("missing_payout", "missing_payout"),
                    ("short_payout", "short_payout"),
                    ("missing_deposit", "missing_deposit"),
                    ("short_deposit", "short_deposit"),
                    ("statement_gap", "statement_gap"),
                    ("ambiguous", "ambiguous"),
                    ("unexplained_bank_line", "unexplained_bank_line"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="TillEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("tender", "tender"), ("refund", "refund"), ("void", "void"), ("return", "return")],
                        max_length=8,
                    ),
                ),
                ("source_id", models.UUIDField()),
                ("method", models.CharField(default="", max_length=14)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("business_date", models.DateField()),
                ("at", models.DateTimeField()),
                ("closing_id", models.UUIDField(null=True)),
                (
                    "order",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"),
                ),
                (
                    "register",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.register"
                    ),
                ),
            ],
            options={
                "db_table": "payment_till_entry",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("reference", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("arrived_minor", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[("in_transit", "in_transit"), ("short", "short"), ("in_bank", "in_bank")],
                        default="in_transit",
                        max_length=10,
                    ),
                ),
                ("person", models.CharField(max_length=120)),
                ("sent_on", models.DateField()),
                ("sent_at", models.DateTimeField()),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.store"
                    ),
                ),
            ],
            options={
                "db_table": "bank_deposit",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["in_transit", "short", "in_bank"])),
                        name="deposit_status_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="deposit_amount_positive"),
                    models.UniqueConstraint(fields=("merchant_id", "reference"), name="deposit_reference_once"),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deposit",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{in_transit:in_bank,in_transit:short,short:in_bank}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="db2a4940c5ca970c2130f9d105973787da2b1360",
                    operation="UPDATE",
                    pgid="pgtrigger_deposit_states_fa198",
                    table="bank_deposit",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="tillentry",
            index=models.Index(
                condition=models.Q(("closing_id", None)), fields=["register"], name="till_entry_to_count"
            ),
        ),
        migrations.AddIndex(
            model_name="tillentry",
            index=models.Index(
                condition=models.Q(("closing_id__isnull", False)), fields=["closing_id"], name="till_entry_counted"
            ),
        ),
        migrations.AddIndex(
            model_name="tillentry",
            index=models.Index(fields=["order"], name="till_entry_by_order"),
        ),
        migrations.AddConstraint(
            model_name="tillentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="till_entry_not_zero"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tillentry",
            trigger=pgtrigger.compiler.Trigger(
                name="never_gone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="afc5a0cb86cf3d4b500bc7b23065f04ec81daa5d",
                    operation="DELETE",
                    pgid="pgtrigger_never_gone_c500a",
                    table="payment_till_entry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tillentry",
            trigger=pgtrigger.compiler.Trigger(
                name="counted_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."closing_id" IS NOT NULL OR NEW."closing_id" IS NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="ee3bf8f0c2a50ee252621dc5169d9dbb6af9852a",
                    operation="UPDATE",
                    pgid="pgtrigger_counted_once_f8a67",
                    table="payment_till_entry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tillentry",
            trigger=pgtrigger.compiler.Trigger(
                name="only_counted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."merchant_id" IS DISTINCT FROM (NEW."merchant_id") OR OLD."register_id" IS DISTINCT FROM (NEW."register_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."business_date" IS DISTINCT FROM (NEW."business_date") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="9d89fac4d8d17aa5dddc8178b2ef7e24aecd654f",
                    operation="UPDATE",
                    pgid="pgtrigger_only_counted_77bfc",
                    table="payment_till_entry",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("bank_deposit"),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
    ]
