"""Ties to the merchant."""

from django.db import migrations

from merchant.core.guards import merchant_keys


class Migration(migrations.Migration):
    dependencies = [("terminals", "0001_initial"), ("merchant", "0002_guards")]

    operations = [merchant_keys("terminal_terminal", "terminal_message")]
