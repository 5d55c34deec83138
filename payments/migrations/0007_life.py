"""The full life of a payment: raises, expiry, tips, amounts taken back, stored cards, what two people say, vouchers that end."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0006_approvals"),
        ("orders", "0005_fewer_indexes"),
        ("payments", "0006_stages_of_their_own"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentOverride",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("is_paid", models.BooleanField()),
                ("reason", models.CharField(max_length=200)),
                ("said_by", models.CharField(max_length=120)),
                ("approved_by", models.CharField(max_length=120)),
                ("approval_id", models.UUIDField()),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "open"), ("met", "met"), ("broken", "broken")], default="open", max_length=6
                    ),
                ),
                ("proof", models.CharField(default="", max_length=200)),
                ("said_at", models.DateTimeField()),
                ("proven_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "payment_override",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="StoredCredential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("secret", models.BinaryField()),
                ("card_brand", models.CharField(default="", max_length=20)),
                ("card_last4", models.CharField(default="", max_length=4)),
                ("consent_text", models.CharField(max_length=400)),
                ("consented_at", models.DateTimeField()),
                ("network_reference", models.CharField(max_length=60)),
                ("sca_evidence", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "payment_stored_credential",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="payment",
            name="payment_states",
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="one_open_authorisation_per_order",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_projections_sane",
        ),
        migrations.AddField(
            model_name="operation",
            name="is_final",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="payment",
            name="authorisation_ends_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="end_warned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="initiation",
            field=models.CharField(
                choices=[("customer", "customer"), ("phone", "phone"), ("merchant", "merchant")],
                db_default="customer",
                default="customer",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="taken_back_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="payment",
            name="tip_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="voucher",
            name="block_reason",
            field=models.CharField(db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="voucher",
            name="blocked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="voucher",
            name="kind",
            field=models.CharField(
                choices=[("gift_card", "gift_card"), ("store_credit", "store_credit")],
                db_default="gift_card",
                default="gift_card",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="origin",
            field=models.CharField(max_length=80, null=True),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="source",
            field=models.CharField(
                choices=[
                    ("till", "till"),
                    ("clock", "clock"),
                    ("answer", "answer"),
                    ("webhook", "webhook"),
                    ("look_up", "look_up"),
                    ("terminal", "terminal"),
                    ("report", "report"),
                    ("person", "person"),
                ],
                max_length=10,
            ),
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
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "pending"),
                    ("action_required", "action_required"),
                    ("unknown", "unknown"),
                    ("authorised", "authorised"),
                    ("captured", "captured"),
                    ("partly_refunded", "partly_refunded"),
                    ("refunded", "refunded"),
                    ("declined", "declined"),
                    ("failed", "failed"),
                    ("voided", "voided"),
                    ("expired", "expired"),
                ],
                default="pending",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("authorisation_ends_at__isnull", False), ("status", "authorised")),
                fields=["authorisation_ends_at"],
                name="payment_authorisation_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["merchant_id", "-id"], name="voucher_newest"),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("balance_minor__gt", 0)),
                fields=["merchant_id", "expires_at"],
                name="voucher_to_expire",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="payment_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{pending:action_required,pending:unknown,pending:authorised,pending:captured,pending:declined,pending:failed,pending:voided,action_required:pending,action_required:unknown,action_required:authorised,action_required:captured,action_required:declined,action_required:failed,action_required:voided,unknown:pending,unknown:action_required,unknown:authorised,unknown:captured,unknown:declined,unknown:failed,unknown:voided,authorised:unknown,authorised:captured,authorised:voided,authorised:expired,authorised:partly_refunded,authorised:refunded,captured:unknown,captured:authorised,captured:failed,captured:partly_refunded,captured:refunded,partly_refunded:captured,partly_refunded:refunded,partly_refunded:unknown,partly_refunded:failed,refunded:captured,refunded:partly_refunded,refunded:unknown,refunded:failed,declined:authorised,declined:captured,declined:voided,declined:failed,failed:authorised,failed:captured,failed:voided,failed:partly_refunded,failed:refunded,voided:authorised,voided:captured,voided:failed,expired:authorised,expired:captured,expired:voided,expired:failed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="aae423179f6ee6b16bbee03a6b146fac286e101e",
                    operation="UPDATE",
                    pgid="pgtrigger_payment_states_c33c1",
                    table="payment_payment",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("kind__in", ["authorise", "increment"]),
                    ("status__in", ["requested", "submitted", "action_required", "unknown"]),
                ),
                fields=("order_id",),
                name="one_open_authorisation_per_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "take_back")), fields=("parent",), name="operation_taken_back_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "pending",
                            "action_required",
                            "unknown",
                            "authorised",
                            "captured",
                            "partly_refunded",
                            "refunded",
                            "declined",
                            "failed",
                            "voided",
                            "expired",
                        ],
                    )
                ),
                name="payment_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authorised_minor__gte", 0),
                    ("captured_minor__gte", 0),
                    ("capturing_minor__gte", 0),
                    ("refunded_minor__gte", 0),
                    ("refunding_minor__gte", 0),
                    ("taken_back_minor__gte", 0),
                    ("tip_minor__gte", 0),
                ),
                name="payment_projections_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("merchant_id", "origin"), name="voucher_origin_once"),
        ),
        migrations.AddField(
            model_name="paymentoverride",
            name="operation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="override", to="payments.operation"
            ),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.customer"
            ),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="first_operation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.operation"
            ),
        ),
        migrations.AddField(
            model_name="storedcredential",
            name="gateway_account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.gatewayaccount"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentoverride",
            index=models.Index(condition=models.Q(("status", "open")), fields=["merchant_id"], name="override_open"),
        ),
        migrations.AddConstraint(
            model_name="paymentoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "met", "broken"])), name="override_status_known"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="override_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{open:met,open:broken,met:broken}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="10f8cf95129359c5c6d257ef1f2d958e743761ba",
                    operation="UPDATE",
                    pgid="pgtrigger_override_states_00592",
                    table="payment_override",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="storedcredential",
            index=models.Index(fields=["customer"], name="credential_by_customer"),
        ),
        merchant_keys("payment_override", "payment_stored_credential"),
    ]
