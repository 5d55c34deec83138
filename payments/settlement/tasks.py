"""Jobs of settlement: import a report, fetch what the processor offers, and capture at the close of a store's day."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

from merchant.core.clock import business_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Place
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.models import Merchant, Store
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.processing.captures import request_capture
from payments.records.models import Payment
from payments.settlement import live, posting, reading, report_hooks, services, staging
from payments.settlement.formats.registry import find_format
from payments.settlement.models import ReportFile

logger = logging.getLogger(__name__)

DAY_CLOSE_JOB = "payments.day_close"
# Processors put their reports out in the night; 06:00 local time finds them before the shop opens.
FETCH_AT = time(6, 0)
# What a payment that cannot be captured now leaves on the job; more would fill the row.
_REFUSALS_SHOWN_MAX = 50


@kind(services.IMPORT_JOB)
def import_report(run: JobRun) -> dict[str, Any]:
    """Read, check, store and book one report; each step commits with the note that it happened. One that is only a check ends when it is read."""
    report = ReportFile.objects.select_related("gateway_account").get(id=run.payload["report_id"])
    if report.status in ("received", "reading"):
        reading.read(run, report)
        live.tell_changed(merchant_id=run.merchant_id, file_id=report.id)
    report_format = find_format(report.format)
    if report_format is not None and report_format.is_check_only:
        return {"report_id": str(report.id), "status": report.status}
    if report.status == "balanced":
        staging.store_lines(run, report)
    crash_point("R3")
    if report.status == "balanced":
        services.note_many_rows(report.summary["rows"])
        with run.checkpoint("posted", message="booked"):
            posting.post_report(report, now=business_now(run.merchant_id))
            crash_point("R5")
        live.tell_changed(merchant_id=run.merchant_id, file_id=report.id)
    return {"report_id": str(report.id), "status": report.status}


@kind(services.FETCH_JOB)
def fetch_reports(run: JobRun) -> dict[str, Any]:
    """Ask a gateway account for its reports and take in those that are new."""
    account = GatewayAccount.objects.get(id=run.payload["gateway_account_id"])
    gateway, access = registry.gateway(account.gateway), registry.access(account)
    known = set(ReportFile.objects.filter(gateway_account=account).values_list("name", flat=True))
    fetched = []
    for remote in gateway.list_reports(access):
        if remote.name in known:
            continue
        with tempfile.NamedTemporaryFile() as file:
            file.write(gateway.fetch_report(remote.name, access))
            file.flush()
            try:
                services.receive_report(
                    path=Path(file.name), account_id=account.id, name=remote.name, now=business_now(run.merchant_id)
                )
            except services.ReportRefused as refused:
                logger.warning("report %s of account %s was refused: %s", remote.name, account.id, refused)
                continue
        fetched.append(remote.name)
    return {"fetched": fetched}


@kind(report_hooks.FETCH_ANNOUNCED_JOB)
def fetch_announced_report(run: JobRun) -> dict[str, Any]:
    """Fetch one report that the processor announced, and take it in. The same bytes again change nothing."""
    account = GatewayAccount.objects.get(id=run.payload["gateway_account_id"])
    name = run.payload["name"]
    with tempfile.NamedTemporaryFile() as file:
        for piece in report_hooks.fetch_pieces(account=account, url=run.payload["url"], name=name):
            file.write(piece)
        file.flush()
        outcome = services.receive_report(
            path=Path(file.name), account_id=account.id, name=name, now=business_now(run.merchant_id)
        )
    return {"report_id": str(outcome.report.id), "is_new": outcome.duplicate_of is None}


@kind(DAY_CLOSE_JOB)
def day_close(run: JobRun) -> dict[str, Any]:
    """Ask for the capture of everything a store, or the online side, has authorised up to the business day that ended. A payment that refuses is named and left."""
    until = date.fromisoformat(run.payload["date"])
    payments = Payment.objects.filter(
        gateway_account__capture_mode="day_close",
        status="authorised",
        store_id=run.payload["store_id"],
        business_date__lt=until,
        captured_minor=0,
        capturing_minor=0,
    )
    asked, refused = 0, []
    for payment_id in payments.order_by("id").values_list("id", flat=True):
        try:
            request_capture(payment_id=payment_id, amount=None, now=business_now(run.merchant_id))
            asked += 1
        except AppError as refusal:
            refused.append({"payment_id": str(payment_id), "code": refusal.code})
    return {"asked": asked, "refused": refused[:_REFUSALS_SHOWN_MAX]}


def reporting_places() -> Iterator[Place]:
    """Yield every active gateway account that may offer reports, in its merchant's zone."""
    zones = dict(Merchant.objects.values_list("id", "zone"))
    accounts = (
        GatewayAccount.across_merchants.filter(is_active=True)
        .exclude(gateway__in=registry.TAKES_NO_PAYMENTS)
        .order_by("id")
    )
    for account in accounts:
        payload = {"gateway_account_id": str(account.id)}
        yield Place(
            account.merchant_id, str(account.id), zones[account.merchant_id], account.created_at.date(), payload
        )


def closing_places() -> Iterator[Place]:
    """Yield every store of merchants that capture at day close, at its own cut-off, and their online side at the merchant's."""
    closing = GatewayAccount.across_merchants.filter(capture_mode="day_close", is_active=True)
    merchants = {account.merchant_id: account.created_at.date() for account in closing}
    for merchant in Merchant.objects.filter(id__in=merchants):
        since = merchants[merchant.id]
        yield Place(merchant.id, "online", merchant.zone, since, {"store_id": None}, at=merchant.day_cutoff)
    for store in Store.across_merchants.filter(merchant_id__in=merchants):
        yield Place(
            store.merchant_id,
            str(store.id),
            store.zone,
            merchants[store.merchant_id],
            {"store_id": str(store.id)},
            at=store.day_cutoff,
        )


schedule.register(schedule.Daily(services.FETCH_JOB, FETCH_AT, reporting_places))
schedule.register(schedule.Daily(DAY_CLOSE_JOB, time(0, 0), closing_places))
