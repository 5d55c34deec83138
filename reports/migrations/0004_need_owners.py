"""Who sees to what needs somebody."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import merchant.core.ids
from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [
        ("merchant", "0014_attachments"),
        ("reports", "0003_closed_period_schedules"),
    ]

    operations = [
        migrations.CreateModel(
            name="NeedOwner",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=merchant.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("merchant_id", models.UUIDField(editable=False)),
                ("key", models.CharField(max_length=160)),
                ("given_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchant.staffmember"
                    ),
                ),
            ],
            options={
                "db_table": "overview_need_owner",
                "abstract": False,
                "base_manager_name": "across_merchants",
                "constraints": [models.UniqueConstraint(fields=("merchant_id", "key"), name="need_owner_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_merchants", django.db.models.manager.Manager()),
            ],
        ),
        merchant_keys("overview_need_owner"),
    ]
