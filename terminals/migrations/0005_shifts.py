"""Shifts, drawers, Zs and training."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys

# A Z follows the one before it: in its number, its receipts, its cash and its grand totals. Nobody can leave one out or begin anew.
FOLLOWS = """
CREATE FUNCTION till_closing_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last till_closing%ROWTYPE;
BEGIN
    SELECT * INTO last FROM till_closing WHERE merchant_id = NEW.merchant_id AND register_id = NEW.register_id ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.receipts_after <> coalesce(last.receipts_until, 0)
        OR NEW.opening_cash_minor <> coalesce(last.closing_cash_minor, 0) OR NEW.grand_sales_minor <> coalesce(last.grand_sales_minor, 0) + NEW.sales_minor
        OR NEW.grand_returns_minor <> coalesce(last.grand_returns_minor, 0) + NEW.returns_minor THEN
        RAISE EXCEPTION 'closing % of register % does not follow closing %', NEW.number, NEW.register_id, coalesce(last.number, 0)
            USING ERRCODE = '23514', CONSTRAINT = 'closing_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_follows BEFORE INSERT ON till_closing FOR EACH ROW EXECUTE FUNCTION till_closing_follows();
"""
DROP = "DROP TRIGGER closing_follows ON till_closing; DROP FUNCTION till_closing_follows();"


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0008_training"),
        ("terminals", "0004_last_taken"),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("number", models.IntegerField()),
                ("business_date", models.DateField()),
                ("began_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField()),
                ("person", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("receipts_after", models.BigIntegerField()),
                ("receipts_until", models.BigIntegerField()),
                ("sales_minor", models.BigIntegerField()),
                ("returns_minor", models.BigIntegerField()),
                ("refunds_minor", models.BigIntegerField()),
                ("grand_sales_minor", models.BigIntegerField()),
                ("grand_returns_minor", models.BigIntegerField()),
                ("opening_cash_minor", models.BigIntegerField()),
                ("expected_cash_minor", models.BigIntegerField()),
                ("counted_cash_minor", models.BigIntegerField()),
                ("closing_cash_minor", models.BigIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
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
                "db_table": "till_closing",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Drawer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("limit_minor", models.BigIntegerField(null=True)),
                ("difference_limit_minor", models.BigIntegerField(null=True)),
                ("is_blind", models.BooleanField(default=True)),
                ("over_limit_since", models.DateTimeField(null=True)),
                ("seen_minor", models.BigIntegerField(default=0)),
                (
                    "register",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.register"
                    ),
                ),
            ],
            options={
                "db_table": "till_drawer",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "open"), ("handed_over", "handed_over"), ("closed", "closed")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("member_id", models.UUIDField(null=True)),
                ("person", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("float_minor", models.BigIntegerField()),
                ("business_date", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("receipts_after", models.BigIntegerField()),
                ("receipts_until", models.BigIntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("expected_minor", models.BigIntegerField(null=True)),
                ("counted_minor", models.BigIntegerField(null=True)),
                ("reason", models.CharField(default="", max_length=200)),
                (
                    "closing",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="terminals.closing",
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
                "db_table": "till_shift",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Movement",
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
                        choices=[
                            ("float", "float"),
                            ("paid_in", "paid_in"),
                            ("paid_out", "paid_out"),
                            ("no_sale", "no_sale"),
                            ("safe_drop", "safe_drop"),
                            ("over_short", "over_short"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=200)),
                ("person", models.CharField(max_length=120)),
                ("member_id", models.UUIDField(null=True)),
                ("business_date", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="terminals.shift"
                    ),
                ),
            ],
            options={
                "db_table": "till_movement",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("denominations", models.JSONField(default=dict)),
                ("loose_minor", models.BigIntegerField(default=0)),
                ("tenders", models.JSONField(default=dict)),
                ("counted_minor", models.BigIntegerField()),
                ("expected_minor", models.BigIntegerField()),
                ("person", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="counts", to="terminals.shift"
                    ),
                ),
            ],
            options={
                "db_table": "till_count",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="TrainingSale",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("number", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("content", models.JSONField()),
                ("version", models.IntegerField(default=1)),
                ("person", models.CharField(max_length=120)),
                ("begun_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "register",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.register"
                    ),
                ),
            ],
            options={
                "db_table": "till_training_sale",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="closing",
            index=models.Index(fields=["merchant_id", "-id"], name="closing_newest"),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.UniqueConstraint(
                fields=("merchant_id", "register", "number"), name="closing_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(("receipts_until__gte", models.F("receipts_after"))), name="closing_receipts_forward"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closing",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a9e02da6292f63b8de453c77d2f4be09f8e710d2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_83602",
                    table="till_closing",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="drawer",
            index=models.Index(
                condition=models.Q(("over_limit_since__isnull", False)),
                fields=["merchant_id"],
                name="drawer_over_its_limit",
            ),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(condition=models.Q(("closing", None)), fields=["register"], name="shift_to_count"),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(fields=["merchant_id", "-id"], name="shift_newest"),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "handed_over", "closed"])), name="shift_status_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "open")), fields=("register",), name="one_open_shift_per_register"
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("float_minor__gte", 0)), name="shift_float_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{open:handed_over,open:closed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="8c0707914dbd41f20bcb36dd6041fabc4713a68d",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_states_b5f2c",
                    table="till_shift",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["shift"], name="movement_by_shift"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_minor", 0), ("kind", "no_sale")),
                    models.Q(("amount_minor__gt", 0), ("kind__in", ["float", "paid_in"])),
                    models.Q(("amount_minor__lt", 0), ("kind__in", ["paid_out", "safe_drop"])),
                    models.Q(("kind", "over_short"), models.Q(("amount_minor", 0), _negated=True)),
                    _connector="OR",
                ),
                name="movement_signed_by_its_kind",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="movement",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0279a1842b3b8d154f130eb7557ae54b4b4f13ac",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3e116",
                    table="till_movement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="count",
            index=models.Index(fields=["shift"], name="count_by_shift"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="count",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b499b87cdd87dc9cf1c9894a168c70b0933ecb5c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4ab14",
                    table="till_count",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsale",
            constraint=models.UniqueConstraint(
                fields=("merchant_id", "register", "number"), name="training_number_once"
            ),
        ),
        merchant_keys("till_drawer", "till_closing", "till_shift", "till_movement", "till_count", "till_training_sale"),
        append_only("till_closing", "till_movement", "till_count"),
        migrations.RunSQL(FOLLOWS, DROP),
    ]
