"""What a million lines, matches and updates do without."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_settling"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="settlementline",
            name="settlement_line_by_operation",
        ),
        migrations.RemoveIndex(
            model_name="settlementline",
            name="settlement_line_by_payout",
        ),
        migrations.AlterField(
            model_name="settlementline",
            name="report",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="payments.reportfile",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE settlement_staging DROP COLUMN id", "ALTER TABLE settlement_staging ADD COLUMN id uuid"
        ),
        # A match is written by reconciliation alone, for the merchant of both its sides.
        migrations.RunSQL(
            "ALTER TABLE recon_match DROP CONSTRAINT recon_match_merchant_fk",
            "ALTER TABLE recon_match ADD CONSTRAINT recon_match_merchant_fk FOREIGN KEY (merchant_id)"
            " REFERENCES merchant_merchant (id)",
        ),
        # A payment is updated several times in its life, hardly ever in an indexed column: with room on the page its indexes stay untouched.
        migrations.RunSQL(
            "ALTER TABLE payment_payment SET (fillfactor = 70)", "ALTER TABLE payment_payment RESET (fillfactor)"
        ),
    ]
