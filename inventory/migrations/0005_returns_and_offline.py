"""Pieces that were sold beyond what was there."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0004_channels"),
        ("merchant", "0010_returns_and_offline"),
    ]

    operations = [
        migrations.AddField(
            model_name="stocklevel",
            name="oversold",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="stocklevel",
            index=models.Index(
                condition=models.Q(("oversold__gt", 0)), fields=["merchant_id"], name="stock_level_oversold"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocklevel",
            trigger=pgtrigger.compiler.Trigger(
                name="oversold_is_covered",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."oversold" > 0)',
                    declare="DECLARE covered integer;",
                    func="covered := LEAST(NEW.oversold, NEW.on_hand - NEW.reserved); IF covered > 0 THEN NEW.on_hand := NEW.on_hand - covered; NEW.oversold := NEW.oversold - covered; END IF; RETURN NEW;",
                    hash="f29531061e477d5971fef3667d98e3cacb4f796b",
                    operation="UPDATE",
                    pgid="pgtrigger_oversold_is_covered_0fb30",
                    table="stock_level",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="stocklevel",
            constraint=models.CheckConstraint(condition=models.Q(("oversold__gte", 0)), name="stock_oversold_counted"),
        ),
    ]
