"""
A merchant with the night of the clock change and payments in currencies with no, two and three decimals, made inside a running installation.

Runs there as `manage.py shell -c "from tests.browser import night; night.main()"` and prints the cookie of a session that may look at it.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import time as machine
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

# Each on the day of the sales, in its smallest unit, and what it reads as.
AMOUNTS = {"JPY": (1_284, "¥1,284"), "KWD": (12_845, "KWD 12.845"), "CHF": (5_050, "CHF 50.50")}
# The day before the clocks went back; the shop's day ends at four in the morning.
DAY = date(2026, 10, 24)
# 00:30 in Berlin, and half past two twice: an hour apart, before and after the change.
MOMENTS = (
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
)


def session_of_night(root: Path, environment: dict[str, str]) -> dict[str, str]:
    """Make it in the installation at `root` and return the cookie of a session in which its owner is signed in: `name` and `value`."""
    argv = [str(root / ".venv/bin/python"), "manage.py", "shell", "-c", "from tests.browser import night; night.main()"]
    if not Path(argv[0]).exists():
        argv[0] = str(Path(__file__).resolve().parents[2] / ".venv/bin/python")
    told = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr[-2000:]
    cookie: dict[str, str] = json.loads(told.stdout.strip().splitlines()[-1])
    return cookie


def main() -> None:
    """Make the merchant and print the session."""
    from django.conf import settings

    from merchant.core.clock import move_business_clock
    from merchant.core.tenancy import acting_for
    from merchant.ledger import rates
    from tests.clients import signed_in
    from tests.factories import a_shop, a_staff_member, numbers
    from tests.factories.merchants import FOUNDED_AT
    from tests.factories.orders import a_gateway_account
    from tests.factories.settled import an_authorised_payment

    # Where this was run before, names are taken.
    numbers._numbers = itertools.count(int(machine.time()))
    shop = a_shop(store={"day_cutoff": time(4, 0)}, day_cutoff=time(4, 0), name="Halden at Night")
    for moment in MOMENTS:
        move_business_clock(shop.id, to=moment)
        shop.sell(1)
    account = a_gateway_account(shop.merchant)
    with acting_for(shop.id):
        for currency, worth in (("JPY", "0.0060"), ("KWD", "3.05"), ("CHF", "1.05")):
            rates.add_rate(currency=currency, base_per_unit=Decimal(worth), valid_from=date(2026, 1, 3), now=FOUNDED_AT)
    for currency, (minor, _words) in AMOUNTS.items():
        an_authorised_payment(account, minor=minor, currency=currency, day=DAY)
    client = signed_in(a_staff_member(shop.merchant))
    print(json.dumps({"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key}))
