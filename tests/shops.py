"""A webshop that can be paid: merchant, channel, goods on a shelf, and an account at the real sandbox processor."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from inventory.catalog.models import Variant
from inventory.stock.models import StockLevel
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Store
from merchant.sales_channels.models import Channel
from payments.checkout.models import DeliveryMethod
from payments.gateways.models import GatewayAccount
from payments.gateways.sandbox.setup import SandboxTerms, connect_sandbox
from payments.processing import sending, storing
from payments.records.models import Operation
from payments.webhooks import services as webhooks
from tests.events import deliver_events
from tests.factories import a_channel, a_merchant, a_store, a_tax_class, a_variant
from tests.factories.merchants import FOUNDED_AT
from tests.factories.numbers import next_number
from tests.processor import RunningProcessor

STEPS_MAX = 100


@dataclass(frozen=True, slots=True)
class Shop:
    """What a test needs of a shop."""

    merchant: Merchant
    store: Store
    channel: Channel
    mug: Variant
    account: GatewayAccount

    def on_shelf(self) -> tuple[int, int]:
        """Return (on hand, reserved) of the mug."""
        with acting_for(self.merchant.id):
            level = StockLevel.objects.get(variant=self.mug, store=self.store)
            return level.on_hand, level.reserved


def a_shop(
    processor: RunningProcessor,
    *,
    price_minor: int = 2500,
    stock: int = 10,
    channel_kind: str = "webshop",
    **terms: str,
) -> Shop:
    """A shop that sells one mug for 25.00 EUR (19 %), ships for 4.90 and lets goods be collected."""
    return a_shop_of(a_merchant(), processor, price_minor=price_minor, stock=stock, channel_kind=channel_kind, **terms)


def a_shop_of(
    merchant: Merchant,
    processor: RunningProcessor,
    *,
    price_minor: int = 2500,
    stock: int = 10,
    channel_kind: str = "webshop",
    **terms: str,
) -> Shop:
    """Such a shop for a merchant that is there already."""
    store = a_store(merchant)
    tax_class = a_tax_class(merchant)
    channel = a_channel(merchant, kind=channel_kind, stock_store=store)
    mug = a_variant(merchant, price_minor=price_minor, stock=stock, store=store, tax_class=tax_class)
    with acting_for(merchant.id):
        for code, name, price, countries in [
            ("parcel", "Parcel", 490, ["DE", "SE"]),
            ("collect", "Collect in store", 0, []),
        ]:
            DeliveryMethod.objects.create(
                code=code, name=name, currency="EUR", price_minor=price, tax_class_id=tax_class.id, countries=countries
            )
        account = connect_sandbox(
            name="Sandbox",
            external_id=f"shop{next_number()}_{merchant.id.hex[-8:]}",
            terms=SandboxTerms(currency="EUR", zone="Europe/Berlin", merchant_name=merchant.name),
            control_key=processor.control_key,
            webhook_base_url=terms.get("webhook_base_url", "http://127.0.0.1:9"),
            now=machine_now(),
            base_url=processor.url,
        )
    return Shop(merchant, store, channel, mug, account)


def run_relay() -> None:
    """Do what the relay does until nothing is left: send, apply webhooks, hand events to their handlers."""
    for _ in range(STEPS_MAX):
        if not (sending.send_due() or storing.ask_due() or webhooks.process_inbound()):
            deliver_events()
            return
    raise AssertionError("the relay never ends")


def look_up(operation_id: UUID, merchant: Merchant) -> Operation:
    """Let the relay ask about an operation now. Inside one transaction the database's clock stands, so it is made due long ago."""
    with acting_for(merchant.id):
        Operation.objects.filter(id=operation_id).update(next_look_at=FOUNDED_AT)
        sending.look_up_due()
        deliver_events()
        operation: Operation = Operation.objects.get(id=operation_id)
        return operation
