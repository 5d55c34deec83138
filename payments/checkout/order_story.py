"""Where an order stands, as its shopper reads it: a headline, what happened and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.pages.shell import current_locale
from merchant.merchants.models import Store
from orders.documents.models import Document
from orders.feedback import queries as feedback
from orders.fulfilment import queries as fulfilment
from orders.fulfilment.models import Pickup, Shipment
from orders.order import queries as orders
from orders.order.models import Order
from payments.checkout.link_pages import drawn_qr
from payments.checkout.queries import Progress
from payments.records import words
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION

_ENDED = ("expired", "revoked")
_NOT_PAYING = ("open", *_ENDED)
_MAP = "https://www.openstreetmap.org/search"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. `state` is `done`, `next`, `bad` or `back`; `url` leads to where a parcel is followed."""

    title: str
    icon: str
    state: str = "done"
    text: str = ""
    at: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Collecting:
    """Where and with what an order is collected. `qr` is the code drawn."""

    store: str
    address: str
    map_url: str
    code: str
    qr: str


@dataclass(frozen=True, slots=True)
class OrderStory:
    """What heads an order's page and what follows. `rating` is what the customer gave, 0 if nothing yet."""

    tone: str
    icon: str
    word: str
    title: str
    text: str
    steps: tuple[Step, ...]
    collecting: Collecting | None = None
    is_over: bool = False
    asks_feedback: bool = False
    rating: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Every row the story is told from, read once."""

    order: Order
    progress: Progress
    pickup: Pickup | None
    parcels: list[Shipment]
    payments: list[Payment]
    refunds: list[Operation]
    handed_over_at: datetime | None
    rating: int
    receipt_path: str
    zone: str = field(default="UTC")
    # Whether something is still to be packed or sent; a service or an amount is only paid.
    has_goods: bool = True

    @property
    def is_in_store(self) -> bool:
        """Whether it is paid where it is collected."""
        return self.order.delivery.get("payment") == "in_store" and self.progress.stage != "paid"

    @property
    def is_partly_paid(self) -> bool:
        """Whether some of its money is there and some is not, such as cash at the till and the rest on the phone."""
        return 0 < self.progress.due_minor < self.order.total_minor

    @property
    def is_settled_by_payment(self) -> bool:
        """Whether it is paid and nothing is on its way: a service, an amount."""
        return self.progress.stage == "paid" and not self.has_goods and self.order.fulfilment_status == "unfulfilled"

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled, or is about to be."""
        return self.order.status == "cancelled" or self.order.cancel_asked_at is not None


def read_known(order: Order, progress: Progress) -> Known:
    """Read what the story of an order is told from."""
    said = feedback.find_of_order(order.id)
    receipt = Document.objects.filter(order=order, kind="receipt").first()
    return Known(
        order=order,
        progress=progress,
        pickup=fulfilment.find_pickup(order.id),
        parcels=fulfilment.list_shipments(order.id),
        payments=list(Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id")),
        refunds=list(Operation.objects.filter(order_id=order.id, kind="refund").order_by("id")),
        handed_over_at=fulfilment.last_hand_over(order.id),
        rating=said.rating if said else 0,
        receipt_path=f"/r/{receipt.access_token}/" if receipt else "",
        zone=order.channel.zone,
        has_goods=orders.has_goods(order),
    )


def mark_of_story(known: Known) -> str:
    """Return a text that changes whenever the page would: what its script asks for instead of the page."""
    order, pickup = known.order, known.pickup
    facts: tuple[Any, ...] = (
        known.progress.stage, order.status, order.fulfilment_status, order.secured_minor, order.captured_minor, order.refunded_minor,
        bool(order.cancel_asked_at), pickup and (pickup.status, len(pickup.picked)), len(known.parcels),
        [refund.status for refund in known.refunds], known.rating, bool(known.receipt_path),
    )  # fmt: skip
    return repr(facts)


def tell(known: Known) -> OrderStory:
    """Return the story in the language of the request."""
    tone, icon, word, title, text = _headline(known)
    is_paid = known.progress.stage == "paid"
    return OrderStory(
        tone=tone,
        icon=icon,
        word=word,
        title=title,
        text=text,
        steps=tuple(_steps(known)),
        collecting=_collecting(known) if is_paid or known.is_in_store else None,
        is_over=_is_over(known),
        asks_feedback=is_paid and not known.rating and not known.is_cancelled,
        rating=known.rating,
    )


def _headline(known: Known) -> tuple[str, str, str, str, str]:
    """Tone, icon, word, title and sentence: the first of these that is true."""
    stage, pickup = known.progress.stage, known.pickup
    if known.is_cancelled:
        nothing = _("Nothing was charged.") if not known.payments else ""
        return "idle", "ban", _("Cancelled"), _("This order was cancelled."), nothing
    if known.is_in_store and pickup is not None and stage in _NOT_PAYING:
        return _in_store_headline(pickup)
    if stage in _ENDED and known.is_partly_paid:
        return (
            "idle",
            "ban",
            _("Paid in part"),
            _("This order is paid in part."),
            _("The rest cannot be paid here any more."),
        )
    if stage in _ENDED:
        ended = _("This order was not paid and has ended.")
        return "idle", "ban", _("Ended"), ended, _("Nothing was charged.")
    if stage != "paid":
        waiting = _("Waiting for the payment")
        return "idle", "hourglass", _("Not paid"), waiting, _("This order is not paid yet.")
    thanks = _("Paid. Thank you!")
    if pickup is not None:
        return _pickup_headline(pickup, thanks)
    if known.parcels:
        return "info", "truck", _("On its way"), _("Your order is on its way."), thanks
    if known.is_settled_by_payment:
        return (
            "good",
            "circle-check",
            _("Paid"),
            _("Your payment has reached us."),
            " ".join((_("Thank you!"), _("There is nothing left to do."))),
        )
    return {
        "unfulfilled": ("good", "circle-check", _("Paid"), _("Your order is being prepared."), thanks),
        "partial": ("info", "package", _("Partly sent"), _("A part of your order has been handed over."), thanks),
        "fulfilled": ("good", "package-check", _("Handed over"), _("Your order has been handed over."), thanks),
    }[known.order.fulfilment_status]


def _in_store_headline(pickup: Pickup) -> tuple[str, str, str, str, str]:
    store = pickup.store.name
    if pickup.status == "ready":
        title = _("Your order is waiting in {store}").format(store=store)
        return "good", "shopping-bag", _("Ready to collect"), title, _("Show this code at the till and pay there.")
    title = _("Your order is reserved in {store}").format(store=store)
    return "info", "store", _("Reserved"), title, _("Nothing was charged. You pay when you collect it.")


def _pickup_headline(pickup: Pickup, thanks: str) -> tuple[str, str, str, str, str]:
    store = pickup.store.name
    if pickup.status == "ready":
        title = _("Your order is waiting in {store}").format(store=store)
        return (
            "good",
            "shopping-bag",
            _("Ready to collect"),
            title,
            " ".join((thanks, _("Show this code at the till."))),
        )
    if pickup.status == "collected":
        return "good", "package-check", _("Collected"), _("You have collected your order."), thanks
    if pickup.status == "returned":
        title = _("Your order was not collected in time.")
        return "back", "undo-2", _("Not collected"), title, _("What you paid goes back the way it came.")
    if pickup.picked:
        title = _("Your order is being packed in {store}").format(store=store)
        return "info", "package", _("Being packed"), title, thanks
    return "good", "circle-check", _("Paid"), _("Your order is being prepared."), thanks


def _steps(known: Known) -> Iterator[Step]:
    order = known.order
    yield Step(_("Order placed"), "circle-check", at=_moment(known, order.placed_at or order.created_at))
    yield from _payment_steps(known)
    if known.is_cancelled:
        yield Step(_("Cancelled"), "ban", "bad", at=_moment(known, order.cancel_asked_at))
    elif known.pickup is not None:
        yield from _pickup_steps(known, known.pickup)
    else:
        yield from _delivery_steps(known)
    for refund in known.refunds:
        yield from _refund_steps(known, refund)


def _payment_steps(known: Known) -> Iterator[Step]:
    for payment in known.payments:
        way = words.method_words(payment.method, payment.card_brand)
        way = f"{way} •{payment.card_last4}" if payment.card_last4 else way
        amount = _money(known, payment.authorised_minor)
        is_held = not payment.captured_minor and payment.voided_minor < payment.authorised_minor
        if payment.voided_minor >= payment.authorised_minor:
            text = _("The reservation of {amount} was released; nothing was charged.").format(amount=amount)
            yield Step(_("Let go"), "undo-2", "back", f"{way}. {text}")
        elif is_held:
            text = _("{amount} reserved, charged when the goods leave").format(amount=amount)
            yield Step(
                _("Payment reserved"), "circle-check", "done", f"{way}, {text}", _moment(known, payment.created_at)
            )
        else:
            yield Step(_("Paid"), "circle-check", "done", f"{amount}, {way}", _moment(known, payment.created_at))
    if known.is_cancelled or known.progress.stage == "paid":
        return
    if known.is_in_store:
        due = _money(known, known.progress.due_minor)
        yield Step(_("Pay in the store"), "store", "next", _("{amount}, when you collect it").format(amount=due))
    elif known.progress.stage not in _ENDED:
        yield Step(_("Pay"), "credit-card", "next")


def _pickup_steps(known: Known, pickup: Pickup) -> Iterator[Step]:
    if pickup.status == "waiting":
        title = _("Being packed") if pickup.picked else _("Being prepared")
        yield Step(title, "package", "next", _("We write to you as soon as it is ready."))
        return
    if pickup.ready_at is not None:
        yield Step(
            _("Packed in {store}").format(store=pickup.store.name), "circle-check", at=_moment(known, pickup.ready_at)
        )
    if pickup.status == "ready" and pickup.collect_until is not None:
        until = moment_text(
            pickup.collect_until, shape="short", zone=pickup.store.zone, locale=current_locale(), now=machine_now()
        )
        gone = _("After that we cancel it; what you paid goes back.")
        gone = _("After that we cancel it and nothing is charged.") if known.is_in_store else gone
        yield Step(_("Collect by {until}").format(until=until), "shopping-bag", "next", gone)
    if pickup.status == "collected":
        yield Step(_("Collected"), "circle-check", at=_moment(known, pickup.finished_at))
    if pickup.status == "returned":
        yield Step(_("Not collected"), "undo-2", "back", at=_moment(known, pickup.finished_at))


def _delivery_steps(known: Known) -> Iterator[Step]:
    order = known.order
    for parcel in known.parcels:
        text = f"{parcel.carrier} {parcel.number}"
        yield Step(_("Sent"), "truck", "done", text, _moment(known, parcel.sent_at), parcel.url)
    if known.progress.stage != "paid" or known.is_settled_by_payment:
        return
    if order.fulfilment_status == "fulfilled" and not known.parcels:
        title = _("Sent") if orders.is_sent(order) else _("Handed over")
        yield Step(title, "package-check", at=_moment(known, known.handed_over_at))
    elif order.fulfilment_status != "fulfilled" and not known.parcels:
        yield Step(_("Being prepared"), "package", "next")


def _refund_steps(known: Known, refund: Operation) -> Iterator[Step]:
    """What failed is the shop's to mend; the shopper is told what is under way and what is done."""
    if refund.status == "succeeded":
        back = _money(known, refund.result_minor or refund.amount_minor)
        text = _("By the way you paid. It can take a few days until your bank shows it.")
        yield Step(
            _("{amount} sent back").format(amount=back), "undo-2", "back", text, _moment(known, refund.finished_at)
        )
    elif refund.status in OPEN_OPERATION:
        back = _money(known, refund.amount_minor)
        yield Step(_("{amount} on its way back").format(amount=back), "hourglass", "next")


def _collecting(known: Known) -> Collecting | None:
    pickup = known.pickup
    if pickup is None or pickup.status not in ("waiting", "ready"):
        return None
    address = _address_of(pickup.store)
    return Collecting(
        store=pickup.store.name,
        address=address,
        map_url=f"{_MAP}?{urlencode({'query': address})}" if address else "",
        code=pickup.code,
        qr=drawn_qr(pickup.code),
    )


def _address_of(store: Store) -> str:
    parts: dict[str, Any] = store.address or {}
    town = " ".join(str(parts[name]) for name in ("postcode", "postal_code", "city") if parts.get(name))
    street = str(parts.get("street") or parts.get("line1") or "")
    return ", ".join(part for part in (street, town) if part)


def _is_over(known: Known) -> bool:
    """Whether nothing will change any more, so that the page need not ask again."""
    if any(refund.status in OPEN_OPERATION for refund in known.refunds):
        return False
    # It is written a moment after the payment; until then the page asks.
    if known.progress.stage == "paid" and not known.receipt_path:
        return False
    is_done = known.order.status == "completed" or known.is_settled_by_payment
    return known.order.status == "cancelled" or (is_done and not known.refunds)


def _moment(known: Known, moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment_text(moment, shape="short", zone=known.zone, locale=current_locale(), now=machine_now())


def _money(known: Known, minor: int) -> str:
    return money_text(Money(minor, known.order.currency), locale=current_locale())
