"""Orders whose cancelling waits for money to go back are found without looking at the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_overpaid"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(status="open", cancel_asked_at__isnull=False),
                fields=["merchant_id", "-id"],
                name="order_cancelling",
            ),
        ),
    ]
