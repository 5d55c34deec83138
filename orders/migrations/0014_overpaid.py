"""Orders that were paid twice are found without looking at the others."""

from django.db import migrations, models

OVERPAID = models.Q(
    secured_minor__gt=models.F("refunded_minor")
    + models.Case(
        models.When(status="cancelled", then=models.Value(0, output_field=models.BigIntegerField())),
        default=models.F("total_minor"),
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_found"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=OVERPAID, fields=["merchant_id"], name="order_overpaid"),
        ),
    ]
