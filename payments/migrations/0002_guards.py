"""Ties to the merchant and append-only evidence."""

from django.db import migrations

from merchant.core.guards import append_only, merchant_keys


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("merchant", "0002_guards")]

    operations = [
        merchant_keys(
            "gateway_account",
            "payment_payment",
            "settlement_report",
            "settlement_payout",
            "bank_account",
            "bank_statement_file",
            "recon_match",
            "recon_exception",
            "checkout_link",
            "checkout_delivery_method",
            "voucher_voucher",
        ),
        append_only("payment_evidence", "voucher_movement"),
    ]
