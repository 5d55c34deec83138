"""Whose a schedule of files is, so that it ends with their right; those that exist have it from the log."""

from django.db import migrations, models

_MAKERS = """
UPDATE export_schedule s SET actor_kind = e.actor_kind, actor_id = e.actor_id FROM core_audit_entry e
WHERE e.merchant_id = s.merchant_id AND e.subject = 'export_schedule:' || s.id AND e.action = 'export_schedule.created'
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_revisions")]

    operations = [
        migrations.AddField("exportschedule", "actor_kind", models.CharField(max_length=12, default="", db_default="")),
        migrations.AddField("exportschedule", "actor_id", models.UUIDField(null=True)),
        migrations.RunSQL(_MAKERS, migrations.RunSQL.noop),
    ]
