"""What a till said was handed over and cannot be is kept beside its sale."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terminals", "0009_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="offlinesale",
            name="odd_tendered_minor",
            field=models.BigIntegerField(null=True),
        ),
    ]
