"""A demo merchant is marked as one, and is put away when nobody wants it any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0016_brand"),
    ]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="is_demo",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="merchant",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
    ]
