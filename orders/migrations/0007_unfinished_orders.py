"""Orders that a register has not finished are found at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0008_training"),
        ("orders", "0006_channels"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("register__isnull", False), ("status__in", ["draft", "open"])),
                fields=["register"],
                name="order_unfinished",
            ),
        ),
    ]
