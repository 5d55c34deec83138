#!/usr/bin/env python
"""One door to everything: `up`, `day`, `verify`, `import_report`, and Django's own commands."""

import os
import sys
from pathlib import Path

from merchant.embedded.commands import servers_for_command


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
    with servers_for_command(sys.argv, env_file=Path(__file__).resolve().parent / ".env"):
        if sys.argv[1:2] == ["up"]:
            # Needs no Django itself, and so is there two seconds sooner.
            from merchant.up import main as up

            sys.exit(up(sys.argv[2:]))
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
