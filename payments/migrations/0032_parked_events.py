"""
Parked events of processors: put aside by a person; tokens of kept cards sealed beside the body instead of standing in it.

Events that were used before lose the token they had in their body: it is kept, sealed, with the card.
"""

from django.db import migrations, models

_FORGET = """
UPDATE webhook_inbound SET body = replace(body::text, body -> 'outcome' ->> 'stored_token', '')::jsonb
WHERE processed_at IS NOT NULL AND length(coalesce(body -> 'outcome' ->> 'stored_token', '')) >= 8
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0031_till9"),
    ]

    operations = [
        migrations.AddField("inboundwebhook", "token", models.BinaryField(db_default=b"", default=b"")),
        migrations.AddField("inboundwebhook", "put_aside_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "inboundwebhook", "put_aside_reason", models.CharField(db_default="", default="", max_length=200)
        ),
        migrations.RunSQL(_FORGET, migrations.RunSQL.noop),
    ]
