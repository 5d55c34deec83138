"""One merchant in a database of its own: a webshop and a till at the sandbox processor, and what its processes do. Every method runs in a child."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from django.conf import settings
from django.test import Client
from standardwebhooks import Webhook

from merchant.accounts.models import StaffMember
from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.core.outbox.services import deliver_batch
from merchant.core.tenancy import acting_for
from merchant.messages import sending as messages
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.processing import sending
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from payments.webhooks import services as webhooks
from tests import shops
from tests.clients import signed_in, with_device, with_key
from tests.crash import children
from tests.crash.ground import Ground
from tests.factories import a_channel, a_device, a_merchant, a_register, a_staff_member, an_api_key
from tests.factories.merchants import FOUNDED_AT
from tests.webshop import ADDRESS

ROUNDS_MAX = 30
# After so many looks an operation the processor does not know is old enough to be cancelled there.
LOOKS_BEFORE_CANCEL = 2
CARD = "tok_visa_ok"


@dataclass
class Facts:
    """What is known of the shop, in plain values that travel between processes."""

    merchant_id: UUID
    store_id: UUID
    register_id: UUID
    account_id: UUID
    external_id: str
    mug: str
    mug_id: UUID
    channel: str
    device_token: str
    second_token: str
    api_key: str
    staff_id: UUID
    secrets: dict[str, str]


@dataclass
class World:
    """A shop and its processes."""

    ground: Ground
    folder: Path
    facts: Facts = field(init=False)
    # What clients were told at last, to be compared with what is stored: checkout id -> (status of its payment, "paid" or "open").
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    cash_keys: dict[str, bytes] = field(default_factory=dict)
    sales: int = 0
    # A case that leaves something unfinished on purpose says so: names of invariants.
    excused: set[str] = field(default_factory=set)
    # A case that runs its own processor checks the invariants while it still runs.
    is_checked: bool = False

    def open(self, *, stock: int = 100, capture_mode: str = "automatic") -> None:
        """Set the shop up."""
        self.facts = children.run(self._open, stock, capture_mode)

    def _open(self, stock: int, capture_mode: str) -> Facts:
        merchant = a_merchant()
        shop = shops.a_shop_of(merchant, self.ground.processor, stock=stock)
        register = a_register(shop.store)
        a_channel(merchant, kind="in_store", code="store", stock_store=shop.store)
        _, token = a_device(register)
        _, second = a_device(a_register(shop.store))
        _, key = an_api_key(merchant)
        member = a_staff_member(merchant)
        with acting_for(merchant.id):
            GatewayAccount.objects.filter(id=shop.account.id).update(capture_mode=capture_mode)
            secrets = dict(registry.access(shop.account).secrets)
        return Facts(
            merchant.id, shop.store.id, register.id, shop.account.id, shop.account.external_id, shop.mug.sku, shop.mug.id,
            shop.channel.code, token, second, key, member.id, secrets,
        )  # fmt: skip

    def acting(self) -> Any:
        """The merchant's scope."""
        return acting_for(self.facts.merchant_id)

    def begin_checkout(self, quantity: int = 2) -> dict[str, Any]:
        """The webshop begins a checkout."""
        body = {
            "channel": self.facts.channel, "currency": "EUR", "lines": [{"sku": self.facts.mug, "quantity": quantity}],
            "customer": {"email": "ada@example.com", "name": "Ada Berg"}, "shipping_address": ADDRESS, "delivery_method": "parcel",
        }  # fmt: skip
        status, told = self._post(with_key(self.facts.api_key), "checkouts/", body, str(uuid4()))
        assert status == 201, told
        return json.loads(told)

    def pay(self, checkout: str, token: str, key: str) -> tuple[int, bytes]:
        """The webshop pays a checkout by token."""
        return self._post(with_key(self.facts.api_key), f"checkouts/{checkout}/payments/", {"token": token}, key)

    def shown(self, checkout: str) -> dict[str, Any]:
        """The webshop asks how a checkout stands."""
        answer = with_key(self.facts.api_key).get(f"/api/v1/checkouts/{checkout}/")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def sell(self, key: str, quantity: int = 1, tendered_minor: int = 100_000) -> tuple[int, bytes]:
        """The till sells for cash."""
        body = {"lines": [{"article": self.facts.mug, "quantity": quantity}], "tendered_minor": tendered_minor}
        return self._post(with_device(self.facts.device_token), "sales/", body, key)

    def refund(self, payment: str, minor: int, key: str, token: str = "") -> tuple[int, bytes]:
        """A till gives money of a payment back."""
        body = {"amount": {"amount_minor": minor, "currency": "EUR"}, "reason": "broken"}
        return self._post(with_device(token or self.facts.device_token), f"payments/{payment}/refunds/", body, key)

    def press(self, payment: str, button: str, key: str) -> int:
        """A person asks on a payment's page for the capture of all of it, or lets it go."""
        minor = self.payment(payment)["authorised_minor"]
        form = {"idempotency_key": key, "amount": f"{minor // 100}.{minor % 100:02}"}
        return self._person().post(f"/payments/{payment}/{button}/", form).status_code

    def give_back(self, payment: str, minor: int, key: str) -> int:
        """A person sends the refund form of a payment's page, as it was drawn when nothing had been given back."""
        form = {
            "amount": f"{minor // 100}.{minor % 100:02}", "reason": "goodwill", "note": "", "idempotency_key": key,
            "version": f"{self.payment(payment)['captured_minor']}-0-0",
        }  # fmt: skip
        return self._person().post(f"/payments/{payment}/refund/", form).status_code

    def payment(self, payment: str) -> dict[str, Any]:
        """Return a payment as it is stored."""
        with self.acting():
            return Payment.objects.filter(id=payment).values().get()

    def _person(self) -> Client:
        with self.acting():
            return signed_in(StaffMember.objects.select_related("user").get(id=self.facts.staff_id))

    def _post(self, client: Client, path: str, body: Any, key: str) -> tuple[int, bytes]:
        answer = client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
        )
        return answer.status_code, answer.content

    def send(self) -> int:
        """A relay sends one requested operation."""
        return sending.send_due()

    def card_sale(self, token: str = CARD) -> tuple[str, str, int]:
        """A card sale that nothing happens to: returns (checkout, payment, total)."""
        checkout = children.run(self.begin_checkout)
        assert children.run(self.pay, checkout["id"], token, str(uuid4()))[0] == 202
        self.settle()
        shown = children.run(self.shown, checkout["id"])
        self.told[checkout["id"]] = (shown["payment"]["status"], shown["status"])
        self.sales += 1
        return checkout["id"], shown["payment"]["id"], checkout["order"]["total"]["amount_minor"]

    def cash_sale(self, key: str = "") -> dict[str, Any]:
        """A cash sale that the till knows of: sent again with the same key until it is answered."""
        key = key or str(uuid4())
        status, answer = children.run(self.sell, key)
        assert status == 201, answer
        self.cash_keys[key] = answer
        self.sales += 1
        return json.loads(answer)

    def deliver(self, event: str, data: dict[str, Any]) -> int:
        """The processor delivers a signed event and is answered."""
        body = json.dumps({"id": event, "type": f"payment.{data['status']}", "data": data})
        moment = datetime.now(UTC)
        headers = {
            "webhook-id": event,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.facts.secrets["webhook_secret"]).sign(event, moment, body),
        }
        path = f"/webhooks/sandbox/{self.facts.account_id}/"
        return Client().post(path, body, content_type="application/json", headers=headers).status_code

    def asked_of_processor(self, reference: str) -> dict[str, Any]:
        """Return an operation as the processor shows it."""
        headers = {"Authorization": f"Bearer {self.facts.secrets['api_key']}"}
        url = f"{self.ground.processor.url}/v1/operations/{reference}"
        return httpx.get(url, headers=headers, trust_env=False).raise_for_status().json()

    def land(self, reference: str, minor: int) -> None:
        """Have the processor take a payment under `reference` that we did not send."""
        body = {
            "reference": reference, "amount_minor": minor, "currency": "EUR", "capture": "automatic",
            "order_reference": "sent-by-the-network", "method": {"type": "token", "token": CARD},
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self.facts.secrets['api_key']}", "Idempotency-Key": reference}
        answer = httpx.post(f"{self.ground.processor.url}/v1/payments", json=body, headers=headers, trust_env=False)
        assert answer.status_code == 201, answer.text

    def settle(self, *, pause_seconds: float = 0.0, cancels: bool = True) -> None:
        """
        Fresh relays, workers and janitors do what is there to be done, until nothing is.

        Waiting is made short: what is due later is made due now; an operation that was looked for in vain is made old. `cancels` False leaves it young.
        """
        children.run(self._settle, pause_seconds, cancels)

    def _settle(self, pause_seconds: float, cancels: bool) -> None:
        import time

        for number in range(ROUNDS_MAX):
            self._make_due(is_old=cancels and number >= LOOKS_BEFORE_CANCEL)
            self.relay_once()
            if not self.open_operations() or (not cancels and number >= LOOKS_BEFORE_CANCEL):
                return
            time.sleep(pause_seconds)
        raise AssertionError(f"never settled: {self.open_operations()}")

    def relay_once(self) -> None:
        """Send, look up, take webhooks in, deliver events, mails and webhooks, run jobs, until nothing is due."""
        for _ in range(1000):
            done = sending.send_due() + webhooks.process_inbound() + sending.look_up_due() + deliver_batch()
            done += messages.send_mails_due() + messages.send_webhooks_due()
            done += sum(bool(jobs.run(job_id)) for job_id in jobs.due_job_ids())
            if not done:
                return
        raise AssertionError("the relay never ends")

    def age(self) -> None:
        """Make everything that waits due, and every unanswered operation old."""
        children.run(lambda: self._make_due(is_old=True))

    def _make_due(self, *, is_old: bool) -> None:
        with self.acting():
            waiting = Operation.objects.filter(status__in=OPEN_OPERATION)
            waiting.update(next_look_at=FOUNDED_AT)
            if is_old:
                waiting.filter(submitted_at__isnull=False).update(submitted_at=FOUNDED_AT)
            OutboxEvent.objects.filter(done_at=None).update(next_at=FOUNDED_AT)
            Job.objects.filter(status="queued").update(run_at=FOUNDED_AT)
            Job.objects.filter(status="running").update(lease_until=machine_now() - timedelta(seconds=1))

    def open_operations(self) -> list[str]:
        """Return the operations nobody knows the outcome of."""
        with self.acting():
            return [f"{one.kind} {one.status}" for one in Operation.objects.filter(status__in=OPEN_OPERATION)]

    def operations(self, kind: str = "authorise") -> list[dict[str, Any]]:
        """Return operations as they are stored."""
        with self.acting():
            rows = Operation.objects.filter(kind=kind).order_by("id")
            return list(
                rows.values("id", "reference", "status", "amount_minor", "result_minor", "payment_id", "order_id")
            )

    def truth(self) -> list[Any]:
        """Return everything the processor did."""
        with self.acting():
            account = GatewayAccount.objects.get(id=self.facts.account_id)
            return list(registry.gateway("sandbox").list_truth(registry.access(account)))  # type: ignore[attr-defined]

    def faults(self, *faults: dict[str, Any]) -> None:
        """Have the processor misbehave, or behave again."""
        path = f"accounts/{self.facts.external_id}/faults"
        if faults:
            self.ground.processor.control("POST", path, {"faults": list(faults)})
        else:
            self.ground.processor.control("DELETE", path)


def use_folder(folder: Path) -> None:
    """Let files, anchors and words of the children go to `folder`."""
    settings.MEDIA_ROOT = folder / "files"
    settings.AUDIT_ANCHOR_DIR = str(folder / "audit")
