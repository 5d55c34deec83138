"""Cards are asked for by themselves, tips stand in Zs, and what two people said of an outcome has exceptions of its own."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0011_counter"),
        ("payments", "0017_rounded_loose_returns"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="tillentry",
            name="only_counted",
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="action_url",
            field=models.CharField(default="", max_length=400),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="decline_code",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="instrument",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="looks",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="next_look_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="reference",
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="status",
            field=models.CharField(
                choices=[
                    ("requested", "requested"),
                    ("submitted", "submitted"),
                    ("action_required", "action_required"),
                    ("unknown", "unknown"),
                    ("stored", "stored"),
                    ("declined", "declined"),
                    ("failed", "failed"),
                    ("revoked", "revoked"),
                ],
                default="stored",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="submitted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="tillentry",
            name="tip_minor",
            field=models.BigIntegerField(db_default=0, default=0),
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
                    ("override_contradicted", "override_contradicted"),
                    ("override_unproven", "override_unproven"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="storedcredential",
            name="first_operation",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.operation",
            ),
        ),
        migrations.AlterField(
            model_name="storedcredential",
            name="network_reference",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="storedcredential",
            name="secret",
            field=models.BinaryField(default=b""),
        ),
        migrations.RunSQL(
            "UPDATE payment_stored_credential SET status = 'revoked' WHERE revoked_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="storedcredential",
            index=models.Index(
                condition=models.Q(("status__in", ["requested", "submitted", "action_required", "unknown"])),
                fields=["next_look_at"],
                name="stored_card_to_ask_for",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="storedcredential",
            trigger=pgtrigger.compiler.Trigger(
                name="stored_card_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{requested:submitted,requested:stored,requested:declined,requested:failed,requested:revoked,submitted:action_required,submitted:unknown,submitted:stored,submitted:declined,submitted:failed,submitted:revoked,action_required:unknown,action_required:stored,action_required:declined,action_required:failed,action_required:revoked,unknown:action_required,unknown:stored,unknown:declined,unknown:failed,unknown:revoked,stored:revoked}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="bc73a3c2b6c582edb30ffd0fca49b2c40b771418",
                    operation="UPDATE",
                    pgid="pgtrigger_stored_card_states_44bfe",
                    table="payment_stored_credential",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tillentry",
            trigger=pgtrigger.compiler.Trigger(
                name="only_counted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."merchant_id" IS DISTINCT FROM (NEW."merchant_id") OR OLD."register_id" IS DISTINCT FROM (NEW."register_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."tip_minor" IS DISTINCT FROM (NEW."tip_minor") OR OLD."business_date" IS DISTINCT FROM (NEW."business_date") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="cc88ae1c0496c5c85900d5d7327db6bda3df0871",
                    operation="UPDATE",
                    pgid="pgtrigger_only_counted_77bfc",
                    table="payment_till_entry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="storedcredential",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "requested",
                            "submitted",
                            "action_required",
                            "unknown",
                            "stored",
                            "declined",
                            "failed",
                            "revoked",
                        ],
                    )
                ),
                name="stored_card_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedcredential",
            constraint=models.UniqueConstraint(fields=("reference",), name="stored_card_reference_once"),
        ),
        migrations.AddConstraint(
            model_name="storedcredential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["requested", "submitted", "action_required", "unknown", "stored"])),
                fields=("first_operation",),
                name="one_stored_card_per_payment",
            ),
        ),
    ]
