"""A page of a bank statement waits for the others."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0033_short_payouts"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="statementfile",
            name="statement_states",
        ),
        migrations.RemoveConstraint(
            model_name="statementfile",
            name="statement_status_known",
        ),
        migrations.AlterField(
            model_name="statementfile",
            name="status",
            field=models.CharField(
                choices=[
                    ("received", "received"),
                    ("waiting", "waiting"),
                    ("balanced", "balanced"),
                    ("unproven", "unproven"),
                    ("out_of_balance", "out_of_balance"),
                    ("refused", "refused"),
                ],
                default="received",
                max_length=16,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statementfile",
            trigger=pgtrigger.compiler.Trigger(
                name="statement_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{received:balanced,received:unproven,received:out_of_balance,received:refused,received:waiting,waiting:balanced,waiting:unproven,waiting:out_of_balance}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="90e8b3bb5e6bd88a1ed769d35d20578a597d9057",
                    operation="UPDATE",
                    pgid="pgtrigger_statement_states_f2a3b",
                    table="bank_statement_file",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="statementfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["received", "waiting", "balanced", "unproven", "out_of_balance", "refused"])
                ),
                name="statement_status_known",
            ),
        ),
    ]
