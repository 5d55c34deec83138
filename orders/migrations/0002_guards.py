"""Ties to the merchant and append-only documents."""

from django.db import migrations

from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("merchant", "0002_guards")]

    operations = [
        merchant_keys("order_order", "document_sequence"),
        append_only("document_document", "fulfilment_fulfilment", "fulfilment_return"),
    ]
