"""Loads a made-up trade into a merchant of its own: what the product would know of it, before any report or statement has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.ids import id_series
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.ledger import rates
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from merchant.merchants.models import Merchant, Store
from merchant.sales_channels.models import Channel
from payments.fees.models import FeeContract
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount
from reports.truth.generator.world import BASE_CURRENCY, STORES, Account, Deal, World, half_up

ZONE = "Europe/Berlin"
# A transaction of this many deals is long enough for COPY and short enough for a screen that shows progress.
DEALS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where everything went: ids by the names the generator uses."""

    merchant_id: UUID
    accounts: dict[str, UUID]
    banks: dict[str, UUID]


def load(world: World) -> Loaded:
    """Make the merchant, with accounts, contracts, banks and rates, and copy in every deal with its order, payment, operation and journal."""
    opened = datetime.combine(world.first_day, time(6), UTC)
    merchant = Merchant.objects.create(
        name=f"Truth {world.seed} {world.run}", base_currency=BASE_CURRENCY, country="DE", zone=ZONE, created_at=opened
    )
    with acting_for(merchant.id):
        loaded = _equip(merchant, world, now=opened)
        for at in range(0, len(world.deals), DEALS_AT_ONCE):
            with transaction.atomic():
                _Copy(world, loaded, merchant).run(world.deals[at : at + DEALS_AT_ONCE])
    return loaded


@transaction.atomic
def _equip(merchant: Merchant, world: World, *, now: datetime) -> Loaded:
    for code in STORES:
        Store.objects.create(name=code.title(), code=code, country="DE", currency=BASE_CURRENCY, zone=ZONE)
    Channel.objects.create(kind="webshop", name="Webshop", code="web", currency=BASE_CURRENCY, country="DE", zone=ZONE)
    for (currency, day), millionths in world.rates.items():
        rates.add_rate(currency=currency, base_per_unit=Decimal(millionths).scaleb(-6), valid_from=day, now=now)
    accounts = {account.name: _open_account(account, now=now).id for account in world.accounts}
    banks = {}
    for bank in world.banks:
        row = BankAccount(name=bank.name, currency=bank.currency, hint=bank.iban[-4:])
        row.iban = vault.seal(bank.iban, context=f"bank_account:{row.id}:iban")
        row.save(force_insert=True)
        banks[bank.name] = row.id
    return Loaded(merchant.id, accounts, banks)


def _open_account(account: Account, *, now: datetime) -> GatewayAccount:
    row: GatewayAccount = GatewayAccount.objects.create(
        gateway=account.gateway,
        name=account.name,
        external_id=account.external_id,
        currency=account.currency,
        config={
            "report_lag_days": account.lag_days + 1,
            "payout_days": account.payout_days,
            # A payout due on a weekend arrives on Monday.
            "payout_grace_days": 2,
            "report_account": account.external_id,
        },
        created_at=now,
    )
    for terms in account.terms:
        FeeContract.objects.create(
            gateway_account=row,
            valid_from=terms.valid_from,
            basis_points=terms.basis_points,
            fixed_minor=terms.fixed_minor,
            refund_fixed_minor=terms.refund_minor,
        )
    return row


_ORDER = """
COPY order_order (id, merchant_id, number, channel_id, store_id, status, fulfilment_status, currency, total_minor, tax_minor, discount_minor, secured_minor,
    captured_minor, refunded_minor, handed_over_minor, email, delivery, note, business_date, created_at, placed_at, version) FROM STDIN
"""
_PAYMENT = """
COPY payment_payment (id, merchant_id, order_id, store_id, gateway_account_id, method, currency, amount_minor, status, authorised_minor, captured_minor,
    capturing_minor, refunded_minor, refunding_minor, voided_minor, card_brand, card_last4, gateway_reference, auth_code, decline_code, business_date, created_at)
FROM STDIN
"""
_OPERATION = """
COPY payment_operation (id, merchant_id, payment_id, order_id, gateway_account_id, kind, reference, amount_minor, currency, instrument, captures_at_once,
    reason, status, result_minor, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at, finished_at, landed_at, looks)
FROM STDIN
"""
_JOURNAL = """
COPY ledger_journal (id, merchant_id, recipe, source, business_date, booked_at, posting_count, about, text) FROM STDIN
"""
_POSTING = """
COPY ledger_posting (id, merchant_id, journal_id, account_id, currency, amount_minor, base_minor) FROM STDIN
"""


class _Copy:
    """Writes deals as rows in COPY's own text. Nothing in them needs escaping: all texts are ours."""

    def __init__(self, world: World, loaded: Loaded, merchant: Merchant) -> None:
        self._world = world
        self._merchant = merchant
        self._accounts = loaded.accounts
        self._stores = dict(Store.objects.values_list("code", "id"))
        self._channel = Channel.objects.get().id
        self._refunds = {id(deal.sale): deal for deal in world.deals if deal.sale}
        self._sales: dict[int, int] = {}

    def run(self, deals: list[Deal]) -> None:
        """Copy in these deals. A refund stands right behind its sale or in a later part; its order and payment are found by number."""
        self._orders, self._payments = id_series(), id_series()
        sales = [deal for deal in deals if deal.kind == "sale"]
        db.copy_text_in(_ORDER, self._lines(self._order(number, deal) for number, deal in enumerate(sales)))
        db.copy_text_in(_PAYMENT, self._lines(self._payment(number, deal) for number, deal in enumerate(sales)))
        places = {deal.order_number: number for number, deal in enumerate(sales)}
        earlier = self._earlier([deal.order_number for deal in deals if deal.order_number not in places])
        keys = [self._keys(deal, places, earlier) for deal in deals]
        series, journals = id_series(), id_series()
        db.copy_text_in(
            _OPERATION,
            self._lines(
                self._operation(f"{series}{number:08x}", deal, *keys[number]) for number, deal in enumerate(deals)
            ),
        )
        self._open_books(deals)
        db.copy_text_in(
            _JOURNAL,
            self._lines(
                self._journal(f"{journals}{number:08x}", deal, keys[number][0]) for number, deal in enumerate(deals)
            ),
        )
        db.copy_text_in(_POSTING, self._lines(self._postings(deals, journals)))

    def _keys(self, deal: Deal, places: dict[str, int], earlier: dict[str, tuple[str, str]]) -> tuple[str, str]:
        """Return the ids of the deal's order and payment."""
        number = places.get(deal.order_number)
        if number is None:
            return earlier[deal.order_number]
        return f"{self._orders}{number:08x}", f"{self._payments}{number:08x}"

    def _earlier(self, numbers: list[str]) -> dict[str, tuple[str, str]]:
        if not numbers:
            return {}
        found = db.rows(
            "SELECT o.number, o.id, p.id FROM order_order o JOIN payment_payment p ON p.order_id = o.id WHERE o.merchant_id = %s AND o.number = ANY(%s)",
            [self._merchant.id, numbers],
        )
        return {number: (str(order), str(payment)) for number, order, payment in found}

    def _lines(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
        for row in rows:
            yield "\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n"

    def _refunded(self, sale: Deal) -> int:
        refund = self._refunds.get(id(sale))
        return refund.minor if refund else 0

    def _order(self, number: int, deal: Deal) -> tuple[Any, ...]:
        return (
            f"{self._orders}{number:08x}", self._merchant.id, deal.order_number, self._channel, self._stores.get(deal.store), "open", "unfulfilled", deal.currency,
            deal.minor, 0, 0, deal.minor, deal.minor, self._refunded(deal), 0, "", "{}", "", deal.day, deal.at, deal.at, 1,
        )  # fmt: skip

    def _payment(self, number: int, deal: Deal) -> tuple[Any, ...]:
        return (
            f"{self._payments}{number:08x}", self._merchant.id, f"{self._orders}{number:08x}", self._stores.get(deal.store), self._accounts[deal.account.name],
            "card_present" if deal.store else "card", deal.currency, deal.minor, self._status(deal), deal.minor, deal.minor, 0, self._refunded(deal), 0, 0,
            "visa" if deal.last4 else "", deal.last4, deal.known_reference, deal.auth_code, "", deal.day, deal.at,
        )  # fmt: skip

    def _status(self, sale: Deal) -> str:
        refunded = self._refunded(sale)
        return "captured" if not refunded else "refunded" if refunded == sale.minor else "partly_refunded"

    def _operation(self, key: str, deal: Deal, order: str, payment: str) -> tuple[Any, ...]:
        kind = "authorise" if deal.kind == "sale" else "refund"
        return (
            key, self._merchant.id, payment, order, self._accounts[deal.account.name], kind, deal.reference, deal.minor, deal.currency, "{}",
            "t" if deal.kind == "sale" else "f", "", "succeeded", deal.minor, deal.known_reference, "", "", "system:truth", deal.day,
            deal.at, deal.at, deal.at, deal.at, 0,
        )  # fmt: skip

    def _legs(self, deal: Deal) -> tuple[Leg, Leg]:
        account = str(self._accounts[deal.account.name])
        minor = deal.signed_minor
        return Leg("clearing", account, minor, deal.currency), Leg("prepayments", "", -minor, deal.currency)

    def _open_books(self, deals: list[Deal]) -> None:
        ledger.open_accounts(
            list({(leg.kind, leg.subject, leg.currency): leg for deal in deals for leg in self._legs(deal)}.values())
        )

    def _journal(self, key: str, deal: Deal, order: str) -> tuple[Any, ...]:
        recipe = "money_in" if deal.kind == "sale" else "refund"
        source, about = f"operation:{deal.reference}", f"order:{order}"
        return key, self._merchant.id, recipe, source, deal.day, deal.at, 2, about, ""

    def _postings(self, deals: list[Deal], journals: str) -> Iterator[tuple[Any, ...]]:
        series, count = id_series(), 0
        for number, deal in enumerate(deals):
            worth = half_up(deal.signed_minor * self._world.rate(deal.currency, deal.day), 1_000_000)
            for leg, base in zip(self._legs(deal), (worth, -worth), strict=True):
                key = ledger.account_id(self._merchant.id, leg)
                yield (
                    f"{series}{count:08x}", self._merchant.id, f"{journals}{number:08x}", key, leg.currency, leg.minor, base,
                )  # fmt: skip
                count += 1
