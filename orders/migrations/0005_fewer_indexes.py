"""Indexes that repeat the beginning of another one, or that nothing looks through, cost every sale an insert each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0006_approvals"),
        ("orders", "0004_longer_series"),
    ]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="access_token",
            field=models.CharField(max_length=32),
        ),
        migrations.AlterField(
            model_name="document",
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
            model_name="fulfilment",
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
            model_name="order",
            name="channel",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.channel"
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.order"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("access_token",), name="document_token_once"),
        ),
    ]
