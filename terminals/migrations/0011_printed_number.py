"""A sale made offline is found by the number its till printed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terminals", "0010_odd_tendered"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offlinesale",
            index=models.Index(
                condition=models.Q(status="landed", printed_number__isnull=False),
                fields=["register", "printed_number"],
                name="offline_sale_printed",
            ),
        ),
    ]
