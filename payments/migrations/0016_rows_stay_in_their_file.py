"""A settlement line no longer repeats its row: the file is kept, and the line says where it stands."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_counter"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="reportfile",
            name="columns",
        ),
        migrations.RemoveField(
            model_name="settlementline",
            name="raw",
        ),
        # What was staged is read again from its file.
        migrations.RunSQL(
            "TRUNCATE settlement_staging; ALTER TABLE settlement_staging DROP COLUMN raw",
            "TRUNCATE settlement_staging; ALTER TABLE settlement_staging ADD COLUMN raw text NOT NULL",
        ),
    ]
