"""Papers of goods in, and what belongs to orders that go from channel to channel."""

from __future__ import annotations

from inventory.damaged import services as damaged
from inventory.damaged.models import DamagedGoods
from inventory.damaged.services import Brought, Damaged
from inventory.pricing import coupons
from inventory.pricing.models import Coupon, PriceList
from inventory.pricing.services import Wanted
from inventory.receiving import counts, deliveries, transfers
from inventory.receiving.models import Delivery, StockCount, Transfer
from merchant.core.jobs.models import Job
from merchant.core.jobs.services import enqueue
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from merchant.merchants.models import Merchant
from orders.fulfilment.models import Pickup
from payments.checkout import signs
from payments.checkout.models import DeliveryMethod, Sign
from tests.factories.catalogue import a_tax_class, a_variant
from tests.factories.merchants import FOUNDED_AT, a_channel, a_store
from tests.factories.numbers import next_number
from tests.factories.orders import an_order


def a_delivery(merchant: Merchant) -> Delivery:
    """Twelve pieces that a supplier announced."""
    store, variant = a_store(merchant), a_variant(merchant)
    with acting_for(merchant.id):
        return deliveries.announce_delivery(
            store_id=store.id,
            expected={variant.id: 12},
            supplier="Potter",
            reference="",
            expected_on=None,
            now=FOUNDED_AT,
        )


def a_transfer(merchant: Merchant) -> Transfer:
    """Two pieces on their way from one store to another."""
    store_from, store_to = a_store(merchant), a_store(merchant)
    variant = a_variant(merchant, stock=5, store=store_from)
    with acting_for(merchant.id):
        return transfers.send_transfer(
            store_from=store_from.id, store_to=store_to.id, pieces={variant.id: 2}, note="", names={}, now=FOUNDED_AT
        )


def a_count(merchant: Merchant) -> StockCount:
    """A count that was begun."""
    store = a_store(merchant)
    with acting_for(merchant.id):
        return counts.begin_count(store_id=store.id, note="", now=FOUNDED_AT)


def a_damaged_piece(merchant: Merchant) -> DamagedGoods:
    """One cracked mug that came back with a receipt."""
    store, variant, order = a_store(merchant), a_variant(merchant), an_order(merchant)
    with acting_for(merchant.id):
        brought = Brought(store.id, f"return:{order.id}", "EUR", "cracked", FOUNDED_AT.date(), order.id, order.number)
        damaged.keep(damaged=[Damaged(variant.id, 1, 1250)], brought=brought, now=FOUNDED_AT)
        found: DamagedGoods = DamagedGoods.objects.order_by("-id")[0]
        return found


def a_coupon(merchant: Merchant, **terms: object) -> Coupon:
    """Ten per cent off, as often as one likes."""
    terms = {"code": f"TEN{next_number()}", "kind": "percent", "percent_basis_points": 1000} | terms
    with acting_for(merchant.id):
        return coupons.create_coupon(now=FOUNDED_AT, **terms)


def a_price_list(merchant: Merchant, **changes: object) -> PriceList:
    """The prices of one store, tax included."""
    fields = {"name": "Store prices", "currency": "EUR", "includes_tax": True, "created_at": FOUNDED_AT}
    if "channel" not in changes:
        fields["store"] = changes.pop("store", None) or a_store(merchant)
    with acting_for(merchant.id):
        return PriceList.objects.create(**fields | changes)


def a_customer(merchant: Merchant, *, email: str = "kim@example.com") -> Customer:
    """Somebody who buys."""
    with acting_for(merchant.id):
        return Customer.objects.create(name="Kim Lind", email=email, created_at=FOUNDED_AT)


def a_pickup(merchant: Merchant) -> Pickup:
    """An order that waits to be picked."""
    order, store = an_order(merchant), a_store(merchant)
    with acting_for(merchant.id):
        return Pickup.objects.create(order=order, store=store, code="ABC234", created_at=FOUNDED_AT)


def a_sign(merchant: Merchant) -> Sign:
    """A table's code."""
    variant, channel = a_variant(merchant), a_channel(merchant, kind="qr")
    with acting_for(merchant.id):
        return signs.create_sign(
            channel=channel, label="Table 7", wanted=[Wanted(variant.sku, 1)], note="", store_id=None, now=FOUNDED_AT
        )


def a_delivery_method(merchant: Merchant) -> DeliveryMethod:
    """Parcels for 4.90."""
    tax_class = a_tax_class(merchant)
    with acting_for(merchant.id):
        return DeliveryMethod.objects.create(
            code=f"parcel{next_number()}", name="Parcel", currency="EUR", price_minor=490, tax_class_id=tax_class.id
        )


def a_product_import(merchant: Merchant) -> Job:
    """A catalogue file that waits to be taken in."""
    with acting_for(merchant.id):
        return enqueue(
            "products.import", dedup_key=f"products.import:{next_number()}", payload={"name": "products.csv"}
        )
