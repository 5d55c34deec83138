"""Indexes nobody looks into are gone, and keys whose check locks a row that all tills share."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0008_training"),
    ]

    operations = [
        migrations.AlterField(
            model_name="journal",
            name="reverses",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.journal",
            ),
        ),
        migrations.AddConstraint(
            model_name="journal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)), fields=("reverses",), name="journal_reversed_once"
            ),
        ),
    ]
