"""Indexes nobody looks into are gone, and keys whose check locks a row that all tills share."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0009_lighter_sale"),
        ("orders", "0008_lighter_sale"),
        ("payments", "0012_derived_stages"),
    ]

    operations = [
        migrations.AlterField(
            model_name="operation",
            name="gateway_account",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.gatewayaccount",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="parent",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.operation",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="reference",
            field=models.CharField(max_length=40),
        ),
        migrations.AlterField(
            model_name="payment",
            name="gateway_account",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.gatewayaccount",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
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
            model_name="payment",
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
            model_name="tillentry",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
            ),
        ),
        migrations.AlterField(
            model_name="tillentry",
            name="register",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.register"
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="operation_by_parent"
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("status", "succeeded"), _negated=True),
                fields=["merchant_id", "reference"],
                name="operation_unproven",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(fields=("reference",), name="operation_reference_once"),
        ),
        # A payment is its merchant's through its order, whose key is checked.
        migrations.RunSQL(
            "ALTER TABLE payment_payment DROP CONSTRAINT payment_payment_merchant_fk",
            "ALTER TABLE payment_payment ADD CONSTRAINT payment_payment_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchant_merchant (id)",
        ),
    ]
