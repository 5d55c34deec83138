"""`manage.py migrate`: Django's own, with each migration and the note that it was made in one transaction."""

from typing import Any

from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor


class _AtOnceExecutor(MigrationExecutor):
    """
    Django commits a migration's tables before the note when constraints were left for its end. A process killed between the two leaves tables that the next
    `migrate` tries to make again, and cannot.
    """

    def apply_migration(self, state: Any, migration: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply one migration. Those that must not run in a transaction do not."""
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)


class Command(migrate.Command):
    """Migrates so that it can be killed at any moment and started again."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Migrate."""
        migrate.MigrationExecutor = _AtOnceExecutor  # type: ignore[attr-defined]
        return super().handle(*args, **options)
