"""Which master key of the vault is in force, once it was changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0019_unanswered_mails"),
    ]

    operations = [
        migrations.CreateModel(
            name="MasterKey",
            fields=[
                ("position", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("check_code", models.CharField(max_length=64, unique=True)),
                ("kept", models.BinaryField(default=b"")),
                ("in_force_at", models.DateTimeField()),
            ],
            options={"db_table": "core_master_key"},
        ),
    ]
