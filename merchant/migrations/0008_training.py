"""Registers in training."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0007_outbound_pause"),
    ]

    operations = [
        migrations.AddField(
            model_name="register",
            name="is_training",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
