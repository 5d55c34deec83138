"""When an API key got its successor. Keys that were rolled before are not known, and may be rolled once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0020_master_keys"),
    ]

    operations = [
        migrations.AddField("apikey", "rolled_at", models.DateTimeField(null=True)),
    ]
