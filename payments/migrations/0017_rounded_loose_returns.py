"""Cash given for goods without a receipt is what coins make."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_rows_stay_in_their_file")]

    operations = [
        migrations.AddField(
            model_name="loosereturn",
            name="rounding_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
