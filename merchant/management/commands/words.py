"""`manage.py words`: bring the catalogues of translations up to date with templates and Python."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from merchant.core import words


class Command(BaseCommand):
    """Add new sentences to `locale/*/LC_MESSAGES/django.po`, drop those that are gone, and compile. English is the source."""

    help = "Bring the catalogues of translations up to date with templates and Python."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """`--compile` alone, for an image whose folders are read-only when it runs."""
        parser.add_argument("--compile", action="store_true", help="only compile what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say for each language how many sentences wait for a translation."""
        folder = settings.LOCALE_PATHS[0]
        if not options["compile"]:
            sentences = words.list_sentences(settings.BASE_DIR)
            for language, name in settings.LANGUAGES:
                if language != settings.LANGUAGE_CODE:
                    file = folder / language / "LC_MESSAGES" / "django.po"
                    missing = words.update(file, sentences, language=language)
                    self.stdout.write(f"{name}: {missing} without a translation")
        words.compile_stale([folder])
