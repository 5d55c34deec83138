"""Indexes nobody looks into are gone, and keys whose check locks a row that all tills share."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0009_lighter_sale"),
        ("orders", "0007_unfinished_orders"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="order_client_reference_once",
        ),
        migrations.AlterField(
            model_name="document",
            name="register",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.register",
            ),
        ),
        migrations.AlterField(
            model_name="fulfilment",
            name="store",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.store",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.customer",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="register",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.register",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.store",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="source_store",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchant.store",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client_reference__isnull", False)),
                fields=("merchant_id", "client_reference"),
                name="order_client_reference_once",
            ),
        ),
    ]
