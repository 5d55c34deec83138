"""Exceptions as work: owner, due day, snooze; decisions, closings of batches, and the rules of matching."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0012_discount_limits"),
        ("payments", "0022_match_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="deviation",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="deviation",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.staffmember",
            ),
        ),
        migrations.AddField(
            model_name="deviation",
            name="snoozed_until",
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("write_off", "write_off"),
                            ("book", "book"),
                            ("claim", "claim"),
                            ("link", "link"),
                            ("note", "note"),
                            ("rounding", "rounding"),
                        ],
                        max_length=12,
                    ),
                ),
                ("account", models.CharField(default="", max_length=30)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(max_length=500)),
                ("journal_id", models.UUIDField(null=True)),
                ("match_id", models.UUIDField(null=True)),
                ("approval_id", models.UUIDField(null=True)),
                ("approved_by", models.CharField(default="", max_length=120)),
                ("decided_by", models.CharField(max_length=120)),
                ("decided_by_key", models.CharField(max_length=60)),
                ("decided_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=120)),
                ("undone_note", models.CharField(default="", max_length=500)),
                ("reversal_id", models.UUIDField(null=True)),
                (
                    "deviation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="payments.deviation"
                    ),
                ),
            ],
            options={
                "db_table": "recon_decision",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="MatchRules",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("version", models.IntegerField()),
                ("card_window_days", models.SmallIntegerField()),
                ("payout_window_days", models.SmallIntegerField()),
                ("rounding_max_minor", models.BigIntegerField()),
                ("rounding_account", models.CharField(max_length=30)),
                ("limits", models.JSONField(default=dict)),
                ("saved_by", models.CharField(max_length=120)),
                ("saved_at", models.DateTimeField()),
                (
                    "gateway_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.gatewayaccount",
                    ),
                ),
            ],
            options={
                "db_table": "recon_rules",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="BatchClosing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("figures", models.JSONField(default=dict)),
                ("closed_by", models.CharField(max_length=120)),
                ("closed_by_key", models.CharField(max_length=60)),
                ("closed_at", models.DateTimeField()),
                (
                    "report",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing",
                        to="payments.reportfile",
                    ),
                ),
                (
                    "statement",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing",
                        to="payments.statementfile",
                    ),
                ),
            ],
            options={
                "db_table": "recon_closing",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("report", None), ("statement__isnull", False)),
                            models.Q(("report__isnull", False), ("statement", None)),
                            _connector="OR",
                        ),
                        name="closing_of_one_batch",
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="batchclosing",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="db940ce544331d50cd5169726f5d4dba8dea44b6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d6b9c",
                    table="recon_closing",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["merchant_id", "-id"], name="decision_newest"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("undone_at__isnull", False), ("reversal_id", None), _connector="OR"),
                name="decision_reversed_when_undone",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchrules",
            constraint=models.UniqueConstraint(
                fields=("merchant_id", "gateway_account", "version"), name="rules_version_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="matchrules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("card_window_days__range", (0, 31)),
                    ("payout_window_days__range", (0, 31)),
                    ("rounding_max_minor__gte", 0),
                ),
                name="rules_sane",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="matchrules",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="40e5d960dd7f83f7177a1d039de0064de92ecc5d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ef776",
                    table="recon_rules",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("recon_decision", "recon_closing", "recon_rules"),
        append_only("recon_closing", "recon_rules"),
    ]
