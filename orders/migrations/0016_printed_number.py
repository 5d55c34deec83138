"""A receipt is found by the number that a till printed on it without a line, without looking at the others of its register."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTransform


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_cancelling"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                models.F("merchant_id"),
                models.F("series"),
                KeyTransform("printed_number", "content"),
                condition=models.Q(content__has_key="printed_number"),
                name="document_printed_number",
            ),
        ),
    ]
