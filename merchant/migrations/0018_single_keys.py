"""Whether a single key is a shortcut, kept with the person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0017_setup"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="has_single_keys",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
