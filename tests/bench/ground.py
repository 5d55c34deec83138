"""The ground of a run: a durable PostgreSQL with a fresh database, Valkey, a shop with many tills, and the web process with its defaults."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
from django.conf import settings

from inventory.catalog.models import Product, Variant
from inventory.pricing.models import Price
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from merchant.embedded import Places, Servers, postgres, valkey
from merchant.merchants.models import Merchant, Register, Store
from merchant.sales_channels.models import Channel
from tests import databases
from tests.factories import a_channel, a_device, a_merchant, a_register, a_store, a_tax_class
from tests.factories.merchants import FOUNDED_AT
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "bench"
TILLS = 16
ARTICLES = 600
# Enough that no run sells out.
ON_SHELF = 10_000_000
START_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything is."""

    places: Places
    database_url: str
    redis_url: str

    @property
    def postgres_pid(self) -> int:
        """The server's process."""
        pid = postgres.find_pid(places=self.places)
        assert pid is not None
        return pid


@contextmanager
def prepared() -> Iterator[Ground]:
    """Have servers with the defaults of an installation, and an empty migrated database that Django points at."""
    places = Places(ROOT / "var" / "bench")
    with Servers(places).in_use():
        template = databases.make_template(places)
        os.environ["REDIS_URL"] = settings.REDIS_URL = valkey.url(places=places)
        with databases.cloned(places, template=template, name=DATABASE):
            address = postgres.url(places=places, role=postgres.APP, database=DATABASE)
            yield Ground(places, address, os.environ["REDIS_URL"])


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with many tills in one store and many articles on the shelf. Article `n` has the id `article_id(n)`."""

    merchant: Merchant
    store: Store
    channel: Channel
    registers: list[Register]
    tokens: list[str]
    skus: list[str]


def article_id(number: int) -> UUID:
    """Return the id of an article, so that a plain script can name it too."""
    return UUID(f"01900000-0000-7000-8000-{number:012x}")


def register_id(number: int) -> UUID:
    """Return the id of a register, counted from 0."""
    return UUID(f"01900000-0000-7000-9000-{number:012x}")


def open_shop(ground: Ground) -> Shop:
    """Store the shop."""
    merchant = a_merchant()
    store = a_store(merchant)
    registers = [a_register(store, id=register_id(number), code=f"T{number}") for number in range(TILLS)]
    tax_class = a_tax_class(merchant)
    with acting_for(merchant.id):
        products = [Product(name=f"Article {number}", tax_class=tax_class) for number in range(1, ARTICLES + 1)]
        Product.objects.bulk_create(products)
        variants = [
            Variant(id=article_id(number), product=product, sku=f"SKU-{number}", name=product.name)
            for number, product in enumerate(products, start=1)
        ]
        Variant.objects.bulk_create(variants)
        Price.objects.bulk_create(Price(variant=variant, currency="EUR", amount_minor=1250) for variant in variants)
        StockLevel.objects.bulk_create(
            StockLevel(variant=variant, store=store, on_hand=ON_SHELF) for variant in variants
        )
        StockMovement.objects.bulk_create(
            StockMovement(
                variant_id=variant.id,
                store_id=store.id,
                kind="opening",
                quantity=ON_SHELF,
                source=f"opening:{variant.id}",
                moved_at=FOUNDED_AT,
            )
            for variant in variants
        )
    channel = a_channel(merchant, kind="in_store", code="store")
    tokens = [a_device(register)[1] for register in registers]
    settle_tables(ground)
    return Shop(merchant, store, channel, registers, tokens, [variant.sku for variant in variants])


def settle_tables(ground: Ground) -> None:
    """Let the planner know what was just loaded; the application's role may not."""
    with postgres.connect(places=ground.places, database=DATABASE) as session:
        session.execute("ANALYZE")


@contextmanager
def web(**environment: str) -> Iterator[tuple[int, int]]:
    """Run the web process with its defaults; gives its port and its process id."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "merchant.server", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "LOG_LEVEL": "WARNING", **environment},
    )
    try:
        _wait_until_it_answers(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"the web process did not start (exit code {process.poll()})")
