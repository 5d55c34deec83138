"""What importing reports and matching them needs."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Rows of a report while it is read: unlogged, because after a crash the file itself is read again.
STAGING = """
CREATE UNLOGGED TABLE settlement_staging (
    report_id uuid NOT NULL, id uuid NOT NULL, line integer NOT NULL, row_key text NOT NULL, kind text NOT NULL,
    type_text text NOT NULL, processor_reference text NOT NULL, operation_reference text NOT NULL, merchant_reference text NOT NULL,
    batch text NOT NULL, payout_reference text NOT NULL, currency text NOT NULL, gross_minor bigint NOT NULL, fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL, original_currency text NOT NULL, original_gross_minor bigint, occurred_at timestamptz, booked_on date,
    store text NOT NULL, terminal text NOT NULL, last4 text NOT NULL, auth_code text NOT NULL, raw text NOT NULL
);
CREATE INDEX settlement_staging_line ON settlement_staging (report_id, line);
"""

# Keys that sort by the moment they were made, also for rows that are made by SQL; PostgreSQL has them from version 18 on.
NEW_ID = """
DO $$ BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION new_uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT uuidv7()';
    ELSE
        CREATE FUNCTION new_uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT gen_random_uuid()';
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_guards"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="reportfile",
            name="report_states",
        ),
        migrations.RemoveConstraint(
            model_name="match",
            name="settlement_line_matched_once",
        ),
        migrations.RemoveConstraint(
            model_name="match",
            name="operation_matched_once",
        ),
        migrations.RemoveConstraint(
            model_name="match",
            name="statement_line_matched_once",
        ),
        migrations.RemoveConstraint(
            model_name="match",
            name="payout_matched_once",
        ),
        migrations.AddField(
            model_name="reportfile",
            name="columns",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="reportfile",
            name="covers_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="reportfile",
            name="lines_open",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="statementfile",
            name="covers_until",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="settlementline",
            name="gateway_account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.gatewayaccount",
            ),
        ),
        migrations.AlterField(
            model_name="settlementline",
            name="raw",
            field=models.TextField(default=""),
        ),
        migrations.AlterField(
            model_name="settlementline",
            name="report",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="payments.reportfile",
            ),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(
                condition=models.Q(("payout_id__isnull", False)), fields=["payout_id"], name="match_by_payout"
            ),
        ),
        migrations.AddIndex(
            model_name="settlementline",
            index=models.Index(fields=["merchant_id", "payout_reference"], name="settlement_line_by_payout"),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["merchant_id", "booked_on"], name="statement_line_by_day"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportfile",
            trigger=pgtrigger.compiler.Trigger(
                name="report_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{received:reading,received:refused,reading:balanced,reading:out_of_balance,reading:refused,reading:reading,balanced:posted,balanced:out_of_balance,balanced:reading}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="0ce2dd8bce1cd923d236e2022e784e362f7e9eaf",
                    operation="UPDATE",
                    pgid="pgtrigger_report_states_29432",
                    table="settlement_report",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settlement_line_id__isnull", False), ("undone_at", None)),
                fields=("settlement_line_id",),
                name="settlement_line_matched_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("operation_id__isnull", False), ("undone_at", None)),
                fields=("operation_id",),
                name="operation_matched_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("statement_line_id__isnull", False), ("undone_at", None)),
                fields=("statement_line_id",),
                name="statement_line_matched_once",
            ),
        ),
        migrations.RunSQL(STAGING, "DROP TABLE settlement_staging"),
        migrations.RunSQL(NEW_ID, "DROP FUNCTION new_uuid7()"),
    ]
