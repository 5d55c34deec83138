"""Files of periods that were opened and closed again: which closing each was made of, and which file it corrects."""

import django.db.models.deletion
from django.db import migrations, models

# What a journal file was made of is in its head. Of other lists nobody noted it; they are never asked for again.
_CLOSINGS = """
UPDATE export_file SET closing = (filters -> 'head' ->> 'closing')::integer
WHERE schedule_id IN (SELECT id FROM export_schedule WHERE period LIKE 'closed_%')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_need_owners"),
    ]

    operations = [
        migrations.AddField("exportfile", "closing", models.IntegerField(null=True)),
        migrations.AddField("exportfile", "revision", models.IntegerField(default=1, db_default=1)),
        migrations.AddField(
            "exportfile",
            "corrects",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reports.exportfile",
            ),
        ),
        migrations.RunSQL(_CLOSINGS, migrations.RunSQL.noop),
        migrations.RemoveConstraint("exportfile", "scheduled_export_once"),
        migrations.AddConstraint(
            "exportfile",
            models.UniqueConstraint(
                condition=models.Q(("schedule__isnull", False)),
                fields=("schedule", "period_end", "closing"),
                name="scheduled_export_once",
                nulls_distinct=False,
            ),
        ),
    ]
