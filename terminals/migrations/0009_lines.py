from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terminals", "0008_counter"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="terminalevent",
            index=models.Index(
                condition=models.Q(("kind__in", ["went_offline", "connected"])),
                fields=["terminal", "-id"],
                name="terminal_event_line",
            ),
        ),
    ]
