"""Refund limits of tablets and keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0009_lighter_sale"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="refund_limit_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="device",
            name="refund_limit_minor",
            field=models.BigIntegerField(null=True),
        ),
    ]
