"""Two columns that nothing has ever written go: an operation is sent by whoever moves it from requested to submitted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0036_settled_short"),
    ]

    operations = [
        migrations.RemoveField("operation", "claim_owner"),
        migrations.RemoveField("operation", "claim_until"),
    ]
