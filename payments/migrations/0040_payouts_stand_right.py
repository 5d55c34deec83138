"""Payouts that were corrected to nothing, or to the other side of what had arrived, stand as `settlement.states` says today, and their payments with them."""

from django.db import migrations

# A payout that comes to nothing is there once nothing arrived; of one of which the other side arrived something is open. Every move is one that its states allow,
# and what stands right is left alone, so a repeat moves nothing.
#
# Payments that follow from a payout in the bank, or were told with it, are short with one that no longer is: all of them had arrived before. What they lack of it
# the next run shares out, which also tells those that were short or paid out; of a payout that is a debit now they lack nothing.
MOVE_PAYOUTS = """
WITH moved AS (
    UPDATE settlement_payout p SET status = CASE WHEN p.amount_minor = 0 AND p.arrived_minor = 0 THEN 'in_bank' ELSE 'short' END
    WHERE p.status IN ('in_transit', 'short', 'in_bank') AND (p.amount_minor = 0 OR sign(p.arrived_minor) = -sign(p.amount_minor))
        AND p.status <> CASE WHEN p.amount_minor = 0 AND p.arrived_minor = 0 THEN 'in_bank' ELSE 'short' END
    RETURNING p.*
)
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT o.payment_id, p.merchant_id, sum(m.amount_minor), 'short'
FROM moved p JOIN settlement_line l ON l.merchant_id = p.merchant_id AND l.gateway_account_id = p.gateway_account_id AND l.currency = p.currency
    AND (l.payout_reference = p.reference AND p.reference <> '' OR l.payout_reference = '' AND p.batch <> '' AND l.batch = p.batch)
JOIN recon_match m ON m.settlement_line_id = l.id AND m.undone_at IS NULL JOIN payment_operation o ON o.id = m.operation_id
WHERE p.status = 'short'
GROUP BY 1, 2
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'short' WHERE payment_stage.money_stage = 'reconciled'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0039_lines_once_per_account"),
    ]

    operations = [
        migrations.RunSQL(MOVE_PAYOUTS, migrations.RunSQL.noop),
    ]
