"""The caps on captures and refunds hold for asking; what a processor says has moved after all is stored also beyond them."""

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0004_jobs_may_be_asked_again"),
        ("orders", "0004_longer_series"),
        ("payments", "0004_lighter_lines"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_captures_within_authorised",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_refunds_within_captured",
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capturing_minor", 0),
                    (
                        "captured_minor__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("authorised_minor"), "-", models.F("capturing_minor")
                        ),
                    ),
                    _connector="OR",
                ),
                name="payment_captures_within_authorised",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunding_minor", 0),
                    (
                        "refunded_minor__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("captured_minor"), "-", models.F("refunding_minor")
                        ),
                    ),
                    _connector="OR",
                ),
                name="payment_refunds_within_captured",
            ),
        ),
    ]
