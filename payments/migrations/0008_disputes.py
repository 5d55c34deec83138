"""Disputes: what they are about, what they moved, what was said and answered; and the disputed part of a payment."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_life"),
    ]

    operations = [
        migrations.AddField(
            model_name="match",
            name="dispute_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="disputed_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("external_id", models.CharField(default="", max_length=80)),
                ("payment_reference", models.CharField(default="", max_length=80)),
                (
                    "origin",
                    models.CharField(
                        choices=[("webhook", "webhook"), ("report", "report"), ("person", "person")], max_length=10
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("inquiry", "inquiry"),
                            ("chargeback", "chargeback"),
                            ("pre_arbitration", "pre_arbitration"),
                        ],
                        max_length=16,
                    ),
                ),
                ("round", models.SmallIntegerField(default=1)),
                ("sequence", models.IntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("evidence_due", "evidence_due"),
                            ("submitted", "submitted"),
                            ("expired", "expired"),
                            ("won", "won"),
                            ("lost", "lost"),
                            ("accepted", "accepted"),
                        ],
                        default="opened",
                        max_length=14,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("fraudulent", "fraudulent"),
                            ("not_received", "not_received"),
                            ("not_as_described", "not_as_described"),
                            ("duplicate", "duplicate"),
                            ("credit_not_processed", "credit_not_processed"),
                            ("cancelled", "cancelled"),
                            ("unrecognised", "unrecognised"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("reason_text", models.CharField(default="", max_length=80)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("held_minor", models.BigIntegerField(default=0)),
                ("lost_minor", models.BigIntegerField(default=0)),
                ("fee_minor", models.BigIntegerField(default=0)),
                ("due_at", models.DateTimeField(null=True)),
                ("zone", models.CharField(max_length=60)),
                ("store_id", models.UUIDField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("business_date", models.DateField()),
                (
                    "gateway_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.gatewayaccount"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.payment"
                    ),
                ),
            ],
            options={
                "db_table": "dispute_dispute",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DisputeFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("name", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("content_type", models.CharField(max_length=40)),
                ("added_by", models.CharField(max_length=120)),
                ("added_at", models.DateTimeField()),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="payments.dispute"
                    ),
                ),
            ],
            options={
                "db_table": "dispute_file",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DisputeMovement",
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
                            ("withdrawn", "withdrawn"),
                            ("returned", "returned"),
                            ("lost", "lost"),
                            ("recovered", "recovered"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cycle", models.SmallIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("settlement_line_id", models.UUIDField(null=True)),
                ("business_date", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="payments.dispute"
                    ),
                ),
            ],
            options={
                "db_table": "dispute_movement",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DisputeNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("source", models.CharField(max_length=10)),
                ("said", models.CharField(max_length=14)),
                ("text", models.CharField(default="", max_length=300)),
                ("data", models.JSONField(default=dict)),
                ("changed", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="payments.dispute"
                    ),
                ),
            ],
            options={
                "db_table": "dispute_note",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DisputeReply",
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
                    models.CharField(choices=[("evidence", "evidence"), ("acceptance", "acceptance")], max_length=10),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("requested", "requested"), ("taken", "taken"), ("refused", "refused")],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("round", models.SmallIntegerField()),
                ("reference", models.CharField(max_length=40, unique=True)),
                ("text", models.TextField(default="")),
                ("items", models.JSONField(default=list)),
                ("files", models.JSONField(default=list)),
                ("refusal", models.CharField(default="", max_length=200)),
                ("job_id", models.UUIDField(null=True)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="payments.dispute"
                    ),
                ),
            ],
            options={
                "db_table": "dispute_reply",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["merchant_id", "-id"], name="dispute_newest"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["merchant_id", "status", "due_at"], name="dispute_by_deadline"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["payment"], name="dispute_by_payment"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["opened", "evidence_due", "submitted", "expired", "won", "lost", "accepted"])
                ),
                name="dispute_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="dispute_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_minor__gte", 0), ("lost_minor__gte", 0)), name="dispute_projections_sane"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("gateway_account", "external_id"),
                name="dispute_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{opened:evidence_due,opened:submitted,opened:won,opened:lost,opened:accepted,opened:expired,evidence_due:opened,evidence_due:submitted,evidence_due:won,evidence_due:lost,evidence_due:accepted,evidence_due:expired,submitted:evidence_due,submitted:opened,submitted:won,submitted:lost,submitted:accepted,submitted:expired,expired:evidence_due,expired:opened,expired:submitted,expired:won,expired:lost,expired:accepted,won:evidence_due,won:opened,won:submitted,won:expired,won:lost,won:accepted,lost:evidence_due,lost:opened,lost:submitted,lost:expired,lost:won,accepted:evidence_due,accepted:opened,accepted:submitted,accepted:expired,accepted:won}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a8b9cb82cee15c13db467cff04bbdd3483457df4",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_states_ec7d1",
                    table="dispute_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="disputefile",
            constraint=models.UniqueConstraint(fields=("dispute", "sha256"), name="dispute_file_once"),
        ),
        migrations.AddIndex(
            model_name="disputemovement",
            index=models.Index(
                condition=models.Q(("settlement_line_id", None)), fields=["dispute"], name="dispute_movement_unproven"
            ),
        ),
        migrations.AddConstraint(
            model_name="disputemovement",
            constraint=models.UniqueConstraint(fields=("dispute", "cycle", "kind"), name="dispute_movement_once"),
        ),
        migrations.AddConstraint(
            model_name="disputemovement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settlement_line_id__isnull", False)),
                fields=("settlement_line_id",),
                name="dispute_line_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="disputemovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="dispute_movement_positive"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="disputemovement",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="33c2e529b6435d9874e9d1b6d2ae064a0a9caeaa",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_587e6",
                    table="dispute_movement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="disputemovement",
            trigger=pgtrigger.compiler.Trigger(
                name="amounts_stay",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."business_date" IS DISTINCT FROM (NEW."business_date") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."cycle" IS DISTINCT FROM (NEW."cycle") OR OLD."dispute_id" IS DISTINCT FROM (NEW."dispute_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="f60f6d639ac159f7f0487c360dacdde59aac5cb4",
                    operation="UPDATE",
                    pgid="pgtrigger_amounts_stay_89be2",
                    table="dispute_movement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="disputenote",
            index=models.Index(fields=["dispute"], name="dispute_note_by_dispute"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="disputenote",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="28ce2abdabe80d350e5dfbe658334ea58f359c6c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_928c4",
                    table="dispute_note",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="disputereply",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["requested", "taken", "refused"])), name="dispute_reply_status_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="disputereply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "requested")),
                fields=("dispute",),
                name="one_reply_on_its_way_per_dispute",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="disputereply",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_reply_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{requested:taken,requested:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a35950fbfa23fa5f4f831643b7abadc1a042b7ff",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_reply_states_3e72f",
                    table="dispute_reply",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys(
            "dispute_dispute",
            "dispute_movement",
            "dispute_note",
            "dispute_file",
            "dispute_reply",
        ),
        append_only("dispute_note"),
    ]
