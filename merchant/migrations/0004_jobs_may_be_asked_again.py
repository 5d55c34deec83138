"""A refused job may be asked again once what refused it is mended."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0003_exchange_rates"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="job",
            name="job_states",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="job",
            trigger=pgtrigger.compiler.Trigger(
                name="job_states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{queued:running,running:queued,running:done,running:refused,running:dead,running:running,refused:queued,dead:queued}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="999a2e399c685469370a9dc653b5285c925e432b",
                    operation="UPDATE",
                    pgid="pgtrigger_job_states_dc859",
                    table="core_job",
                    when="BEFORE",
                ),
            ),
        ),
    ]
