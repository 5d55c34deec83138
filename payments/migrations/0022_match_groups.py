"""Matches know how sure they are; several may share one side as a group whose parts make it up, and one that a person undid is not made again."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Asked at the end of the transaction, and only for rows of a group: a plain match pays nothing for it.
TIES = """
CREATE FUNCTION recon_group_ties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
    whole bigint;
BEGIN
    SELECT count(*) AS parts, count(DISTINCT (merchant_id, currency)) AS kinds, sum(amount_minor) AS minor,
        count(DISTINCT settlement_line_id) AS lines, count(DISTINCT operation_id) AS operations,
        count(DISTINCT statement_line_id) AS bank_lines, count(DISTINCT coalesce(payout_id, deposit_id, operation_id)) AS targets,
        min(settlement_line_id::text)::uuid AS line_id, min(operation_id::text)::uuid AS operation_id, min(statement_line_id::text)::uuid AS bank_line_id
    INTO found FROM recon_match WHERE group_id = NEW.group_id AND undone_at IS NULL;
    IF found.parts = 0 THEN
        RETURN NULL;
    END IF;
    IF found.bank_lines = 1 AND found.lines = 0 AND found.targets = found.parts THEN
        SELECT amount_minor INTO whole FROM bank_statement_line WHERE id = found.bank_line_id;
        IF EXISTS (SELECT FROM recon_match WHERE statement_line_id = found.bank_line_id AND undone_at IS NULL AND group_id IS DISTINCT FROM NEW.group_id) THEN
            whole := NULL;
        END IF;
    ELSIF found.lines = 1 AND found.bank_lines = 0 AND found.operations = found.parts THEN
        SELECT coalesce(original_gross_minor, gross_minor) INTO whole FROM settlement_line WHERE id = found.line_id;
    ELSIF found.operations = 1 AND found.bank_lines = 0 AND found.lines = found.parts THEN
        SELECT CASE WHEN kind = 'refund' OR kind = 'take_back' AND reason <> 'refund' THEN -1 ELSE 1 END * coalesce(result_minor, amount_minor)
        INTO whole FROM payment_operation WHERE id = found.operation_id;
        IF EXISTS (SELECT FROM recon_match WHERE operation_id = found.operation_id AND undone_at IS NULL AND group_id IS DISTINCT FROM NEW.group_id) THEN
            whole := NULL;
        END IF;
    END IF;
    IF found.kinds <> 1 OR found.parts < 2 OR whole IS DISTINCT FROM found.minor THEN
        RAISE EXCEPTION 'the parts of match group % come to % and not to %', NEW.group_id, found.minor, whole
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recon_group_ties', TABLE = 'recon_match';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER recon_group_ties AFTER INSERT OR UPDATE ON recon_match DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL) EXECUTE FUNCTION recon_group_ties();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0021_bank_formats"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="payout",
            name="payout_states",
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
            name="live_match_is_its_line",
        ),
        migrations.AddField(
            model_name="deviation",
            name="suggestions",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="match",
            name="group_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="match",
            name="is_barred",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="match",
            name="part",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="match",
            name="score",
            field=models.SmallIntegerField(db_default=1000, default=1000),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(
                condition=models.Q(("group_id__isnull", False)), fields=["group_id"], name="match_by_group"
            ),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(condition=models.Q(("is_barred", True)), fields=["merchant_id"], name="match_barred"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payout",
            trigger=pgtrigger.compiler.Trigger(
                name="payout_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{expected:in_transit,in_transit:in_bank,in_transit:short,in_transit:returned,short:in_bank,short:in_transit,in_bank:returned,in_bank:in_transit,in_bank:short}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="0e187eb6a59b1cb8ca0ac585d0ebbad466b5cd6b",
                    operation="UPDATE",
                    pgid="pgtrigger_payout_states_1dfa3",
                    table="settlement_payout",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settlement_line_id", None),
                    models.Q(("id", models.F("settlement_line_id")), ("undone_at", None)),
                    models.Q(("group_id__isnull", False), ("undone_at", None)),
                    models.Q(
                        ("undone_at__isnull", False), models.Q(("id", models.F("settlement_line_id")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="live_match_is_its_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("operation_id__isnull", False), ("undone_at", None)),
                fields=("operation_id", "part"),
                name="operation_matched_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("statement_line_id__isnull", False), ("undone_at", None)),
                fields=("statement_line_id", "part"),
                name="statement_line_matched_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(("part", 0), ("group_id__isnull", False), _connector="OR"),
                name="match_part_of_group",
            ),
        ),
        migrations.RunSQL(TIES, "DROP TRIGGER recon_group_ties ON recon_match; DROP FUNCTION recon_group_ties()"),
    ]
