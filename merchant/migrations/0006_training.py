"""Registers in training."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0005_guards_use_their_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="register",
            name="is_training",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
