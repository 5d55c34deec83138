"""What each role takes off a price alone becomes data."""

import django.db.models.manager
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0011_counter"),
    ]

    operations = [
        migrations.CreateModel(
            name="DiscountLimit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("giver", models.CharField(max_length=12)),
                ("percent_basis_points", models.IntegerField(null=True)),
                ("amount_minor", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "merchant_discount_limit",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [
                    models.UniqueConstraint(fields=("merchant_id", "giver"), name="discount_limit_once"),
                    models.CheckConstraint(
                        condition=models.Q(("percent_basis_points__isnull", True))
                        | models.Q(("percent_basis_points__range", (0, 10000))),
                        name="discount_limit_percent_sane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__isnull", True)) | models.Q(("amount_minor__gte", 0)),
                        name="discount_limit_not_negative",
                    ),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        merchant_keys("merchant_discount_limit"),
    ]
