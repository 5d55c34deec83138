"""`manage.py demo_code`: the six digits that sign a person of the demo merchant in, for who has no authenticator app at hand."""

import json
import time
from typing import Any

from allauth.mfa.app_settings import TOTP_PERIOD
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Print the code of now of one of the demo's sign-ins. The database is not asked: only `var/demo.json` is read."""

    help = "Print the current sign-in code of a person of the demo merchant."

    def add_arguments(self, parser: CommandParser) -> None:
        """The person's email, as `up --demo` prints it."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print the code.

        :raises CommandError: if there is no demo, or nobody in it has this email and a code.
        """
        demo_file = settings.VAR_DIR / "demo.json"
        if not demo_file.exists():
            raise CommandError(f"There is no demo merchant here ({demo_file} is missing). make run makes one.")
        people = json.loads(demo_file.read_text()).get("sign_ins", [])
        seeds = {person["email"]: person["totp_secret"] for person in people if person.get("totp_secret")}
        if options["email"] not in seeds:
            raise CommandError(f"{options['email']} has no code. These have: {', '.join(seeds)}")
        self.stdout.write(code_at(int(time.time()), seed=seeds[options["email"]]))


def code_at(now_seconds: int, *, seed: str) -> str:
    """Return the six digits that belong to `seed` at a moment."""
    return format_hotp_value(hotp_value(seed, now_seconds // TOTP_PERIOD))
