"""What waits for its customer can be ended: when somebody asked for that. And gift cards end at midnight of their merchant's zone, no longer of UTC."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0030_night"),
    ]

    operations = [
        migrations.AddField("operation", "end_asked_at", models.DateTimeField(null=True)),
        # The turn of a year in UTC becomes that of the merchant's zone. Backwards nothing has to be undone.
        migrations.RunSQL(
            """
            UPDATE voucher_voucher v SET expires_at = (v.expires_at AT TIME ZONE 'UTC') AT TIME ZONE m.zone
            FROM merchant_merchant m
            WHERE m.id = v.merchant_id AND v.expires_at = date_trunc('year', v.expires_at, 'UTC')
            """,
            migrations.RunSQL.noop,
        ),
    ]
