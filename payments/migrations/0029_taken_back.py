"""What processors took back is found without looking at every operation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0028_found"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("kind", "take_back")), fields=["merchant_id", "-id"], name="operation_taken_back"
            ),
        ),
    ]
