"""How often a mail may have gone out without anybody reading the answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0018_single_keys"),
    ]

    operations = [
        migrations.AddField("message", "unanswered", models.SmallIntegerField(default=0, db_default=0)),
    ]
