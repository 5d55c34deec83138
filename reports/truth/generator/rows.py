"""What a processor reports of each deal when nothing is wrong, and how little some rows say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from random import Random

from reports.truth.generator.trade import Trade
from reports.truth.generator.world import REPORT_DAYS, SALE_DAYS, Deal, Row, World, half_up

# A day's own rate and the one a processor applies differ by up to this many millionths of it.
_SPREAD = 1_500
_LATER_SHARE = 0.2
_DISPUTED_SHARE = 0.004
_NO_OWN_REFERENCE_SHARE = 0.05
_NO_REFERENCE_SHARE = 0.055
_CARD_SHOWN_SHARE = 0.7


def row_of(random: Random, world: World, trade: Trade, deal: Deal) -> Row:
    """Return the row that settles a deal, with everything a processor can say."""
    account = deal.account
    last = world.day(REPORT_DAYS - 1)
    day = deal.day + timedelta(days=account.lag_days + (random.random() < _LATER_SHARE))
    row = Row(
        kind=deal.kind,
        account=account,
        day=min(day, last),
        at=deal.at,
        currency=account.currency,
        gross=deal.signed_minor,
        deal=deal,
    )
    if deal.currency != account.currency:
        exchange(row, world, deal, off_millionths=random.randint(-_SPREAD, _SPREAD))
    row.fee = account.terms_on(deal.day).fee(deal.kind, abs(row.gross))
    row.order, row.store, row.terminal = deal.order_number, deal.store, deal.terminal
    if random.random() < _CARD_SHOWN_SHARE:
        row.last4, row.auth_code = deal.last4, deal.auth_code
        if row.auth_code and account.gateway == "sandbox" and random.random() < 0.3:
            row.last4 = ""
        elif row.last4 and account.gateway == "sandbox" and random.random() < 0.3:
            row.auth_code = ""
    if account.gateway == "adyen":
        row.last4 = ""
    _name(row, trade, deal)
    return row


def exchange(row: Row, world: World, deal: Deal, *, off_millionths: int) -> None:
    """Settle a deal in the account's currency, at a rate that is off the day's by so many millionths of it."""
    cross = half_up(world.rate(deal.currency, deal.day) * 1_000_000, world.rate(row.account.currency, deal.day))
    rate = half_up(cross * (1_000_000 + off_millionths), 1_000_000)
    row.original_currency, row.original = deal.currency, deal.signed_minor
    row.rate = f"{rate // 1_000_000}.{rate % 1_000_000:06}"
    row.gross = half_up(row.original * rate, 1_000_000)


def _name(row: Row, trade: Trade, deal: Deal) -> None:
    """Fill in the references as each processor does."""
    sold = deal.sale or deal
    if row.account.gateway == "sandbox":
        row.processor, row.operation = sold.processor_reference, deal.reference
    elif row.account.gateway == "adyen":
        row.processor = sold.processor_reference
        row.operation = deal.processor_reference if deal.sale else trade.name("M")
    elif row.account.gateway == "stripe":
        row.processor = sold.processor_reference
        row.operation = deal.processor_reference if deal.sale else trade.name("ch_")
    else:
        row.processor, row.operation = sold.processor_reference, deal.processor_reference


def disputes(random: Random, world: World, trade: Trade, sales: Iterable[Deal]) -> list[Row]:
    """Return chargebacks of some sales, and of some of those the money coming back."""
    rows = []
    for sale in sales:
        if sale.currency != sale.account.currency or sale.day > world.day(SALE_DAYS - 10):
            continue
        day = sale.day + timedelta(days=random.randint(5, 9))
        name = trade.name("dp")
        row = Row(
            kind="chargeback", account=sale.account, day=day, at=sale.at + (day - sale.day), currency=sale.currency, gross=-sale.minor,
            fee=sale.account.terms_on(sale.day).fee("chargeback", sale.minor), processor=sale.processor_reference, operation=name, order=sale.order_number,
            disputed=sale,
        )  # fmt: skip
        rows.append(row)
        back = day + timedelta(days=random.randint(2, 5))
        if random.random() < 0.5 and back < world.day(REPORT_DAYS):
            rows.append(
                Row(
                    kind="chargeback_reversal", account=sale.account, day=back, at=row.at + (back - day), currency=sale.currency, gross=sale.minor,
                    processor=sale.processor_reference, operation=name, order=sale.order_number, disputed=sale,
                )
            )  # fmt: skip
    return rows


def disputed_share(count: int) -> int:
    """Return how many of `count` sales are disputed, at least two."""
    return max(2, int(count * _DISPUTED_SHARE))


def say_less(random: Random, world: World, trade: Trade, spoilt: set[int]) -> None:
    """
    Take our reference off one row in ten, and from half of those every reference, wherever a careful reader can still tell what the row settles.

    `spoilt` are the ids of deals with a planted fault: their rows keep what they say.
    """
    weak, needed = [], set()
    for row in world.rows:
        if row.deal is None or id(row.deal) in spoilt or (row.deal.sale and id(row.deal.sale) in spoilt):
            continue
        chance = random.random()
        if chance < _NO_OWN_REFERENCE_SHARE:
            # What is left must name it: the processor's id, which we have to know.
            sold = row.deal.sale or row.deal
            sold.known_reference = sold.processor_reference
            needed.add(id(sold))
            row.order = ""
            if row.account.gateway == "sandbox":
                row.operation = ""
        elif chance < _NO_OWN_REFERENCE_SHARE + _NO_REFERENCE_SHARE:
            weak.append(row)
    # Stripe's and PayPal's refunds always name the sale in a way of their own; another name than we know would speak against it.
    weak = [
        row
        for row in weak
        if id(row.deal) not in needed and (row.kind == "sale" or row.account.gateway in ("sandbox", "adyen"))
    ]
    _keep_decidable(weak, world)
    for row in weak:
        _hide(row, trade)


def _hide(row: Row, trade: Trade) -> None:
    deal = row.deal
    if deal is None:
        return
    row.order = row.processor = row.operation = ""
    if row.account.gateway == "paypal":
        # A transaction always has PayPal's own id; it is one we have never heard of.
        row.processor = row.operation = trade.name("")
    deal.known_reference = ""


def _keep_decidable(weak: list[Row], world: World) -> None:
    """Leave in `weak` only rows that fit one open deal and no other, while no other open row fits that deal."""
    settled = {id(row.deal) for row in world.rows if row.deal is not None}
    open_rows: dict[tuple[str, str, str, int], list[Row]] = defaultdict(list)
    open_deals: dict[tuple[str, str, str, int], list[Deal]] = defaultdict(list)
    for row in [*weak, *(row for row in world.rows if row.deal is None and row.kind in ("sale", "refund"))]:
        open_rows[row.account.name, row.kind, row.sale_currency, row.sale_minor].append(row)
    unmatched = [deal for deal in world.deals if id(deal) not in settled]
    for deal in [*(row.deal for row in weak if row.deal), *unmatched]:
        open_deals[deal.account.name, deal.kind, deal.currency, deal.signed_minor].append(deal)
    doubtful = set()
    for row in weak:
        key = (row.account.name, row.kind, row.sale_currency, row.sale_minor)
        rivals = sum(_fits(other, row.deal) for other in open_rows[key] if row.deal)
        choices = sum(_fits(row, deal) for deal in open_deals[key])
        if rivals != 1 or choices != 1:
            doubtful.add(id(row))
    weak[:] = [row for row in weak if id(row) not in doubtful]


def _fits(row: Row, deal: Deal) -> bool:
    """Say whether nothing on the card contradicts that the row settles the deal."""
    if row.auth_code and deal.auth_code:
        return row.auth_code == deal.auth_code
    if row.last4 and deal.last4:
        return row.last4 == deal.last4
    return True


def lonely(deals: Iterable[Deal]) -> list[Deal]:
    """Return the deals whose amount no other deal of the same account has."""
    listed = list(deals)
    counted = Counter((deal.account.name, deal.minor) for deal in listed)
    return [deal for deal in listed if counted[deal.account.name, deal.minor] == 1]
