"""Approvals by a second person, and the PINs by which they are given at a till."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0005_guards_use_their_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffPin",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("pin_hash", models.CharField(max_length=200)),
                ("failures", models.SmallIntegerField(default=0)),
                ("set_at", models.DateTimeField()),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.staffmember"
                    ),
                ),
            ],
            options={
                "db_table": "merchant_staff_pin",
                "abstract": False,
                "base_manager_name": "across_merchants",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("right", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(default="", max_length=3)),
                ("reason", models.CharField(max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("granted", "granted"),
                            ("refused", "refused"),
                            ("expired", "expired"),
                            ("used", "used"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_by_name", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_with_pin", models.BooleanField(default=False)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "asked_by_member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchant.staffmember",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchant.staffmember",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.store"
                    ),
                ),
            ],
            options={
                "db_table": "merchant_approval",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "indexes": [
                    models.Index(fields=["merchant_id", "-id"], name="approval_newest"),
                    models.Index(
                        condition=models.Q(("status__in", ["asked", "granted"])),
                        fields=["expires_at"],
                        name="approval_to_expire",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["asked", "granted", "refused", "expired", "used"])),
                        name="approval_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            ("asked_by_member", None),
                            models.Q(("decided_by", models.F("asked_by_member")), _negated=True),
                            _connector="OR",
                        ),
                        name="approval_by_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["granted", "refused", "used"]), _negated=True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="approval_has_a_decider",
                    ),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{asked:granted,asked:refused,asked:expired,granted:used,granted:expired}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="2f5fec7ac48cfcc62aae9e522e4f7b200ce5d16d",
                    operation="UPDATE",
                    pgid="pgtrigger_approval_states_881c2",
                    table="merchant_approval",
                    when="BEFORE",
                ),
            ),
        ),
        merchant_keys("merchant_approval", "merchant_staff_pin"),
    ]
