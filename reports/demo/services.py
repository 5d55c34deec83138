"""Make a demo merchant, move its clock, and have its scheduled work done now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from merchant.core import notify
from merchant.core.clock import business_now, machine_now, move_business_clock
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.ids import new_id
from merchant.core.jobs import schedule
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.jobs.schedule import Daily
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.gateways.models import GatewayAccount
from reports.demo import goods, money, people, places
from reports.demo.wishes import COUNTRY, CURRENCY, ZONE, Wish
from terminals.pos import offline_rules

_ANSWER_SECONDS_MAX = 10
# What a caller may ask for by a short name, and the kind of job behind it.
RUNS = {
    "day_close": "payments.day_close",
    "fetch_reports": "settlement.fetch_reports",
    "fetch_statements": "reconciliation.fetch_statements",
    "reconcile": "reconciliation.run",
    "seal_audit": "audit.seal",
}


@transaction.atomic
def make_merchant(*, wish: Wish, domain: str, now: datetime) -> dict[str, Any]:
    """
    Make a merchant that can trade at once and return everything a client of it needs, secrets included: nothing keeps them but the caller.

    `now` becomes its business time. People sign in with addresses at `domain`. The processor is told inside this transaction, on purpose: nothing here is
    locked that anybody waits for, and a processor that does not answer leaves no half-made merchant.

    :raises SandboxKeyMissing, SandboxNotReached: without a running processor; nothing is made.
    """
    merchant = Merchant.objects.create(
        name=wish.name,
        base_currency=CURRENCY,
        country=COUNTRY,
        zone=ZONE,
        locale="en",
        created_at=now,
        is_demo=wish.is_demo,
    )
    move_business_clock(merchant.id, to=now)
    with acting_for(merchant.id):
        return _equip(merchant, wish, domain=domain, now=now)


def _equip(merchant: Merchant, wish: Wish, *, domain: str, now: datetime) -> dict[str, Any]:
    day = now.astimezone(ZoneInfo(ZONE)).date()
    opened = places.open_places(merchant, wish)
    taxes = goods.make_taxes()
    articles = goods.make_catalogue(taxes)
    goods.fill_shelves(opened, pieces=wish.pieces_per_article, now=now)
    places.offer_delivery(taxes)
    # The demo shows what a till does without a line; a merchant of one's own decides that for itself.
    offline_rules.set_rules(store_id=None, changes={"is_allowed": True}, now=now)
    account = money.connect(merchant, wish, external_id=money.new_external_id(), now=now)
    money.agree_fees(account, wish, day=day)
    bank = money.open_bank_account()
    accounts = [account]
    if wish.has_second_account:
        accounts.append(money.open_second(merchant, wish, now=now, day=day))
        money.agree_routes(*accounts, now=now)
        plant_temper(accounts[1])
    for each in accounts:
        tell_processor_time(each, to=now)
    return {
        "merchant_id": str(merchant.id),
        "name": merchant.name,
        "currency": CURRENCY,
        "zone": merchant.zone,
        "now": now.isoformat(),
        "api_key": people.make_api_key(now=now),
        "sign_ins": people.hire_staff(domain=domain, now=now) if wish.has_staff else [],
        "stores": [{"id": str(store.id), "code": store.code, "name": store.name} for store in opened.stores],
        "channels": {kind: str(channel.id) for kind, channel in opened.channels.items()},
        "channel_codes": {kind: channel.code for kind, channel in opened.channels.items()},
        "tills": places.pair_tills(opened, now=machine_now()),
        "terminals": money.pair_terminals(opened, account, wish, now=machine_now()),
        "articles": articles,
        "gift_cards": goods.sell_gift_cards(wish, day=day, now=now),
        "gift_card_minor": wish.gift_card_minor,
        "delivery_methods": ["parcel", "collect"],
        "webhook_secret": people.make_webhook(url=wish.webhook_url, now=now) if wish.webhook_url else "",
        "bank_account_id": str(bank.id),
        "gateway_account_id": str(account.id),
        "processor": {
            "url": settings.SANDBOX_URL,
            "account": account.external_id,
            "also": [each.external_id for each in accounts[1:]],
        },
    }


def get_account(merchant_id: UUID) -> GatewayAccount:
    """
    Return the account of a merchant that was made here.

    :raises NotFound: for any other merchant.
    """
    account = list_accounts(merchant_id).first()
    if account is None:
        raise NotFound()
    return account


def list_accounts(merchant_id: UUID) -> QuerySet[GatewayAccount]:
    """Return the accounts of a merchant that was made here, the first one first."""
    rows = GatewayAccount.across_merchants.filter(merchant_id=merchant_id, external_id__startswith="demo_")
    return rows.order_by("id")


def move_clock(*, merchant_id: UUID, to: datetime) -> None:
    """Move the merchant's business clock and the processor's with it. Every process follows within a second."""
    get_account(merchant_id)
    move_business_clock(merchant_id, to=to)
    for account in list_accounts(merchant_id):
        tell_processor_time(account, to=to)


class UnknownRun(AppError):
    """There is no work of that name."""

    code = "unknown_run"
    status = 422
    detail = "There is no {what}; there are {known}."


def run_now(*, merchant_id: UUID, what: str) -> list[Job]:
    """
    Put work that the timetable does by itself in the queue now, once for each place of the merchant, and return the jobs.

    :raises UnknownRun: for a name that is not in `RUNS`.
    """
    get_account(merchant_id)
    kind = RUNS.get(what)
    entry = next((entry for entry in schedule.timetable() if entry.kind == kind), None)
    if entry is None:
        raise UnknownRun(what=what, known=", ".join(RUNS))
    now, asked = business_now(merchant_id), new_id()
    made = []
    with acting_for(merchant_id), transaction.atomic():
        for place in entry.places():
            if place.merchant_id == merchant_id:
                day = now.astimezone(ZoneInfo(place.zone)).date()
                payload = {**place.payload, "date": day.isoformat()} if isinstance(entry, Daily) else place.payload
                key = f"{entry.kind}:{place.key}:asked:{asked}"
                made.append(jobs.enqueue(entry.kind, dedup_key=key, payload=payload))
    notify.after_commit(notify.RELAY)
    return made


def tell_processor_time(account: GatewayAccount, *, to: datetime) -> None:
    """Move the processor's business time of one account."""
    _control(account, "PUT", "clock", {"now": to.isoformat()})


def plant_temper(account: GatewayAccount) -> None:
    """Have the processor be too busy for some of an account's payments, for as long as it exists."""
    fault = {"kind": "not_processed", "count": 0, "match": {"probability": money.SECOND_BUSY, "operation": "authorise"}}
    _control(account, "POST", "faults", {"faults": [fault]})


def _control(account: GatewayAccount, method: str, what: str, body: dict[str, Any]) -> None:
    headers = {"X-Control-Key": money.sandbox_control_key()}
    path = f"{settings.SANDBOX_URL}/control/accounts/{account.external_id}/{what}"
    try:
        answer = httpx.request(method, path, json=body, headers=headers, timeout=_ANSWER_SECONDS_MAX, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Invalid(
            reason=_("the processor did not take the {what}: {error}").format(what=what, error=error)
        ) from error
