"""`manage.py resume_outbound`: a restored copy becomes the installation that acts."""

from typing import Any

from django.core.management.base import BaseCommand

from merchant.core import outbound


class Command(BaseCommand):
    """Ends the pause that a restore begins."""

    help = "Let payments, mails and webhooks go out again after a restore. Make sure the old installation is off."

    def handle(self, **options: Any) -> None:
        """End the pause."""
        was_paused = outbound.resume()
        self.stdout.write("Effects go out again." if was_paused else "They were not paused; nothing was changed.")
