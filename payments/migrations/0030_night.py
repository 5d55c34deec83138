"""Which journal file corrects which; and what one person decided on a day is found by an index; and money that a marketplace took."""

from django.db import migrations, models

_METHODS = [
    "cash", "card_present", "card", "wallet", "bank_transfer", "gift_card", "store_credit", "exchange", "marketplace",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0029_taken_back"),
    ]

    operations = [
        migrations.AddField("journalexport", "revision", models.IntegerField(default=1, db_default=1)),
        migrations.AddField("journalexport", "corrects_id", models.UUIDField(null=True)),
        migrations.AlterField(
            "payment",
            "method",
            models.CharField(choices=[(method, method) for method in _METHODS], max_length=14),
        ),
        migrations.AddIndex(
            "decision",
            models.Index(fields=["merchant_id", "decided_by_key", "decided_at"], name="decision_of_person"),
        ),
    ]
