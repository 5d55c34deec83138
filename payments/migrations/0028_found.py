"""A payment is found by its card and by what the gateway calls it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0027_selections"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("gateway_reference", ""), _negated=True),
                fields=["merchant_id", "gateway_reference"],
                name="operation_by_their_name",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("card_last4", ""), _negated=True),
                fields=["merchant_id", "card_last4", "-id"],
                name="payment_by_card",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("gateway_reference", ""), _negated=True),
                fields=["merchant_id", "gateway_reference"],
                name="payment_by_their_name",
            ),
        ),
    ]
