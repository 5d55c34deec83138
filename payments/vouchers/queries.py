"""Reads of gift cards and store credit: the filtered list, what is owed on them, and where each movement came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, FilterRefused, midnight, typed_id
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import queries as ledger
from merchant.merchants.queries import get_merchant
from orders.order.models import OrderLine
from payments.records.models import Operation
from payments.vouchers.models import VOUCHER_KINDS, OfflineRedemption, Voucher, VoucherMovement

STATES = ("active", "empty", "blocked", "expired")
VOUCHER_FILTERS = ("status", "kind", "date_from", "date_to", "q")
# So many characters of a code are shown to staff, and so many find a card; the others are known to its owner alone.
HINT_LENGTH = 4
# So long whoever sold a card may see its code: the customer is still there, or comes back for the slip that was left lying.
CODE_SHOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class VoucherFilters:
    """
    What a list of cards is narrowed by. Empty fields do not narrow.

    `hint` is the end of a code, `now` decides what has expired. A card was made from `made_from` on and before `made_before`.
    """

    now: datetime
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    hint: str = ""
    made_from: datetime | None = None
    made_before: datetime | None = None


def read_filters(params: Mapping[str, str]) -> VoucherFilters:
    """
    Return the filters written in a query string; days are those of the merchant's zone, both inclusive.

    :raises FilterRefused: for a filter that is unknown, cannot be understood, or holds more of a code than its end.
    """
    merchant = get_merchant(current_merchant_id())
    read = FilterReader(params, known=VOUCHER_FILTERS)
    hint = hint_of(read.text("q"))
    if len(hint) > HINT_LENGTH:
        raise FilterRefused(
            name="q", reason=_("only the last {number} characters of a code are looked for").format(number=HINT_LENGTH)
        )
    return VoucherFilters(
        now=business_now(current_merchant_id()),
        states=read.choices("status", STATES),
        kinds=read.choices("kind", VOUCHER_KINDS),
        hint=hint,
        made_from=midnight(read.day("date_from"), merchant.zone),
        made_before=midnight(read.day("date_to"), merchant.zone, days=1),
    )


def hint_of(text: str) -> str:
    """Return what somebody typed of a code, as codes are written."""
    return "".join(character for character in text.upper() if character.isalnum())


def find_vouchers(filters: VoucherFilters) -> QuerySet[Voucher]:
    """Return the cards of the merchant in scope that the filters let through, in no order yet."""
    rows: QuerySet[Voucher] = Voucher.objects.all()
    if filters.kinds:
        rows = rows.filter(kind__in=filters.kinds)
    if filters.hint:
        rows = rows.filter(hint__endswith=filters.hint)
    if filters.made_from:
        rows = rows.filter(created_at__gte=filters.made_from)
    if filters.made_before:
        rows = rows.filter(created_at__lt=filters.made_before)
    if filters.states:
        wanted = Q()
        for state in filters.states:
            wanted |= _IN_STATE[state](filters.now)
        rows = rows.filter(wanted)
    return rows


def last_day_of(expires_at: datetime) -> date:
    """Return the last day of the merchant's zone on which a card that ends at `expires_at` is worth anything: validity ends as a day begins there."""
    zone = ZoneInfo(get_merchant(current_merchant_id()).zone)
    return (expires_at - timedelta(microseconds=1)).astimezone(zone).date()


def state_of(voucher: Voucher, now: datetime) -> str:
    """Return what the card is, as a word: `blocked`, `expired`, `empty` or `active`."""
    if voucher.blocked_at is not None:
        return "blocked"
    if voucher.expires_at is not None and voucher.expires_at <= now:
        return "expired"
    return "active" if voucher.balance_minor else "empty"


def _expired(now: datetime) -> Q:
    return Q(blocked_at=None, expires_at__isnull=False, expires_at__lte=now)


def _open(now: datetime) -> Q:
    return Q(blocked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


# The same words as `state_of`, for the database.
_IN_STATE: dict[str, Callable[[datetime], Q]] = {
    "blocked": lambda now: Q(blocked_at__isnull=False),
    "expired": _expired,
    "empty": lambda now: _open(now) & Q(balance_minor=0),
    "active": lambda now: _open(now) & Q(balance_minor__gt=0),
}


def get_voucher(voucher_id: UUID) -> Voucher:
    """Return one card. :raises NotFound: if the merchant has none with that id."""
    voucher: Voucher | None = Voucher.objects.filter(id=voucher_id).first()
    if voucher is None:
        raise NotFound()
    return voucher


def list_made_by(order_id: UUID) -> QuerySet[Voucher]:
    """Return the cards that an order sold, or that its refunds made, in the order in which they were. One that was topped up is not among them: its owner has the code."""
    lines = OrderLine.objects.filter(order_id=order_id, kind="gift_card", variant_id=None)
    origins = [f"line:{line.id}:{piece}" for line in lines for piece in range(line.fulfilled_quantity)]
    refunds = Operation.objects.filter(order_id=order_id, kind="refund", status="succeeded")
    origins += [f"refund:{reference}" for reference in refunds.values_list("reference", flat=True)]
    found: QuerySet[Voucher] = Voucher.objects.filter(origin__in=origins).order_by("id")
    return found


def is_code_shown(voucher: Voucher, now: datetime) -> bool:
    """Say whether the code of a card is still shown to those who sell. Later only to who manages cards."""
    return bool(now - voucher.created_at < CODE_SHOWN_FOR)


@dataclass(frozen=True, slots=True)
class Liability:
    """What is owed on cards in one currency, by the cards and by the books, in minor units. Both are always the same."""

    currency: str
    cards_minor: int
    books_minor: int

    @property
    def is_proven(self) -> bool:
        """Whether cards and books say the same."""
        return self.cards_minor == self.books_minor


def liabilities() -> list[Liability]:
    """Return what is owed on all cards, one row a currency, as the cards and as the account of the ledger have it."""
    held = Voucher.objects.filter(balance_minor__gt=0).values("currency").annotate(minor=Sum("balance_minor"))
    cards = {row["currency"]: int(row["minor"]) for row in held}
    books = {currency: -minor for currency, minor in ledger.balance("voucher_liability").items()}
    return [
        Liability(currency, cards.get(currency, 0), books.get(currency, 0)) for currency in sorted(cards.keys() | books)
    ]


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a card: why, as a word of ours, and the order it belongs to, where there is one."""

    row: VoucherMovement
    why: str
    order_id: UUID | None = None


def list_movements(voucher: Voucher) -> list[Movement]:
    """Return what was put on and taken off a card, newest first, each with why."""
    rows = list(VoucherMovement.objects.filter(voucher=voucher).order_by("-id"))
    orders = _orders_of(rows)
    return [Movement(row, _why(row), orders.get(row.source)) for row in rows]


def _why(row: VoucherMovement) -> str:
    kind = row.source.partition(":")[0]
    return kind if kind in ("line", "order", "refund", "loose-return", "expiry", "offline", "taken-back") else "other"


def _orders_of(rows: Sequence[VoucherMovement]) -> dict[str, UUID]:
    """Which order each source belongs to, with one statement a kind of source."""
    keys: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        kind, key = _parts(row.source)
        keys[kind].append(key)
    references = Operation.objects.filter(reference__in=keys["refund"]).values_list("reference", "order_id")
    known: dict[str, Mapping[str, UUID | None]] = {
        "line": _order_ids(OrderLine, keys["line"]),
        "taken-back": _order_ids(OrderLine, keys["taken-back"]),
        "offline": _order_ids(OfflineRedemption, keys["offline"]),
        "order": {key: typed_id(key) for key in keys["order"]},
        "refund": dict(references),
    }
    found = {}
    for row in rows:
        kind, key = _parts(row.source)
        order_id = known.get(kind, {}).get(key)
        if order_id is not None:
            found[row.source] = order_id
    return found


def _parts(source: str) -> tuple[str, str]:
    kind, _colon, rest = source.partition(":")
    return kind, rest.partition(":")[0]


def _order_ids(model: type[OrderLine] | type[OfflineRedemption], texts: Sequence[str]) -> dict[str, UUID | None]:
    ids = [key for key in map(typed_id, texts) if key]
    return {
        str(row_id): order_id for row_id, order_id in model.objects.filter(id__in=ids).values_list("id", "order_id")
    }
