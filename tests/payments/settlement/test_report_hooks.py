"""A processor tells that a report is ready: what is signed is believed, where it is said to be is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx
import pytest
from django.test import Client

from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.vault import services as vault
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import secret_context
from payments.settlement import report_hooks
from payments.settlement.models import ReportFile
from tests.payments.settlement.reports import Row, report

KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
NAME = "settlement_detail_report_batch_7.csv"
URL = f"https://ca-test.adyen.com/reports/download/MerchantAccount/Shop/{NAME}"
DATA = report([Row(1000, "A1")])


@pytest.fixture
def account(books):
    secrets = json.dumps({"report_hmac_key": KEY, "report_api_key": "api-key-of-reports"})
    books.account.secret = vault.seal(secrets, context=secret_context(books.account.id))
    books.account.save(update_fields=["secret"])
    return books.account


def notice(*, url=URL, name=NAME, key=KEY, event="REPORT_AVAILABLE", **changes):
    item = {
        "pspReference": name, "merchantAccountCode": "Shop", "merchantReference": "", "eventCode": event, "success": "true", "reason": url,
        "amount": {"currency": "EUR", "value": 0},
    }  # fmt: skip
    text = f"{name}::Shop::0:EUR:{event}:true".encode()
    signature = base64.b64encode(hmac.new(bytes.fromhex(key), text, hashlib.sha256).digest()).decode()
    item |= {"additionalData": {"hmacSignature": signature}} | changes
    return {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}


def send(account, body):
    return Client().post(f"/webhooks/reports/{account.id}/", body, content_type="application/json")


class Processor:
    """The processor's file server: answers with what it is told, and remembers who asked."""

    def __init__(self, monkeypatch):
        self.asked, self.answers = [], []
        transport = httpx.MockTransport(self.answer)
        monkeypatch.setattr(report_hooks, "_client", lambda: httpx.Client(transport=transport, follow_redirects=False))

    def answer(self, request):
        self.asked.append((str(request.url), request.headers.get("x-api-key")))
        return self.answers.pop(0) if self.answers else httpx.Response(200, content=DATA)


@pytest.fixture
def processor(monkeypatch):
    return Processor(monkeypatch)


def fetch_jobs():
    return Job.objects.filter(kind=report_hooks.FETCH_ANNOUNCED_JOB)


def run():
    [job] = fetch_jobs()
    return jobs.run(job.id)


def test_an_announced_report_is_fetched_with_the_accounts_key_and_taken_in_once(account, processor):
    answers = [send(account, notice()) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"[accepted]")] * 2
    assert run() == "done"
    taken = ReportFile.objects.get()
    assert (taken.name, taken.gateway_account_id) == (NAME, account.id)
    assert processor.asked == [(URL, "api-key-of-reports")]


@pytest.mark.parametrize(
    "forged",
    [
        notice(key="00" * 32),
        notice(pspReference="other.csv"),
        notice(additionalData={}),
        notice(additionalData={"hmacSignature": "é"}),
        {"notificationItems": "none"},
        [],
    ],
)
def test_what_is_not_signed_asks_for_nothing(account, processor, forged):
    assert send(account, forged).status_code == 401
    assert not fetch_jobs().exists()


def test_an_account_without_a_key_believes_nobody(books):
    assert send(books.account, notice(key="00")).status_code == 401
    GatewayAccount.objects.update(is_active=False)
    assert send(books.account, notice()).status_code == 401


def test_other_events_are_accepted_and_ask_for_nothing(account, processor):
    assert send(account, notice(event="AUTHORISATION")).status_code == 200
    assert not fetch_jobs().exists()


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example/{NAME}",
        f"http://ca-test.adyen.com/{NAME}",
        f"https://ca-test.adyen.com:8443/{NAME}",
        f"https://user:word@ca-test.adyen.com/{NAME}",
        f"https://ca-test.adyen.com@evil.example/{NAME}",
        f"https://ca-test.adyen.com.evil.example/{NAME}",
        f"https://169.254.169.254/{NAME}",
        "https://ca-test.adyen.com/reports/another.csv",
        f"https://[ca-test.adyen.com/{NAME}",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_off_the_list_is_never_asked(account, processor, url):
    send(account, notice(url=url))

    assert run() == "refused"
    assert processor.asked == []
    assert not ReportFile.objects.exists()


def test_a_redirect_is_no_answer(account, processor):
    processor.answers = [httpx.Response(302, headers={"location": "http://169.254.169.254/"})]
    send(account, notice())

    assert run() == "refused"
    assert processor.asked == [(URL, "api-key-of-reports")]
    assert not ReportFile.objects.exists()


def test_more_than_an_import_may_be_long_is_not_taken(account, processor, settings):
    settings.UPLOAD_BYTES_MAX = len(DATA) - 1
    send(account, notice())

    assert run() == "refused"
    assert not ReportFile.objects.exists()


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(429)])
def test_a_processor_that_does_not_answer_now_is_asked_again(account, processor, answer):
    processor.answers = [answer]
    send(account, notice())

    assert run() == "queued"
    fetch_jobs().update(run_at=fetch_jobs().get().created_at)
    assert run() == "done"
    assert ReportFile.objects.count() == 1


def test_a_name_that_climbs_is_only_a_name(account, processor):
    name = "..%2F..%2Fetc%2Fpasswd"
    send(account, notice(name="../../etc/passwd", url=f"https://ca-test.adyen.com/reports/{name}"))

    assert run() == "refused"
    assert processor.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "nothing"},
        {"amount": [1]},
        {"pspReference": "\ud800"},
        {"additionalData": {"hmacSignature": "\ud800"}},
        {"additionalData": "signed"},
        {"merchantReference": {"a": 1}},
    ],
)
def test_a_notice_that_makes_no_sense_is_refused_and_breaks_nothing(account, changes):
    answer = send(account, json.dumps(notice(**changes)))

    assert answer.status_code == 401
    assert not fetch_jobs().exists()


def test_an_address_that_no_database_takes_asks_for_nothing(account):
    answer = send(account, json.dumps(notice(url=f"https://ca-test.adyen.com/\x00/{NAME}")))

    assert answer.status_code == 401
    assert not fetch_jobs().exists()
