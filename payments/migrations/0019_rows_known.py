"""A report notes how many of its rows earlier reports had brought."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0018_cards"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportfile",
            name="rows_known",
            field=models.IntegerField(db_default=0, default=0),
        ),
    ]
