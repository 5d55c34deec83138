"""A sale made offline names the order it replaces, and keeps a moment that was still to come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terminals", "0011_printed_number"),
    ]

    operations = [
        migrations.AddField(
            model_name="offlinesale",
            name="odd_sold_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="offlinesale",
            name="replaced_order_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="offlinesale",
            index=models.Index(
                condition=models.Q(status="landed", replaced_order_id__isnull=False),
                fields=["merchant_id"],
                name="offline_sale_replaces",
            ),
        ),
    ]
