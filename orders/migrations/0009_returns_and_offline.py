"""Pieces taken off an order; papers of goods without a receipt."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0010_returns_and_offline"),
        ("orders", "0008_lighter_sale"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_quantities_sane",
        ),
        migrations.AddField(
            model_name="orderline",
            name="cancelled_quantity",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="document",
            name="order",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="orders.order"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("quantity__gt", 0), models.Q(("cancelled_quantity__gt", 0), ("quantity", 0)), _connector="OR"
                    ),
                    ("cancelled_quantity__gte", 0),
                    ("fulfilled_quantity__range", (0, models.F("quantity"))),
                    ("returned_quantity__range", (0, models.F("fulfilled_quantity"))),
                ),
                name="order_line_quantities_sane",
            ),
        ),
    ]
