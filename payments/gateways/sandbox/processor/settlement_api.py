"""Reports, payouts and bank statements for the merchant."""

from __future__ import annotations

from . import bank, fields, settlement
from .bank_formats import as_camt053, as_mt940
from .http import ApiError, Request, Response, as_json
from .processor import Processor


def list_reports(processor: Processor, request: Request) -> Response:
    """`GET /v1/reports`, oldest first."""
    found = processor.store.db.execute("SELECT * FROM batch WHERE account = ? ORDER BY number", (request.account,))
    return as_json({"data": [settlement.describe_report(batch) for batch in found]})


def read_report(processor: Processor, request: Request) -> Response:
    """`GET /v1/reports/{name}`: the CSV."""
    found = processor.store.db.execute(
        "SELECT report FROM batch WHERE account = ? AND report_name = ?", (request.account, request.params["name"])
    ).fetchone()
    if found is None:
        raise ApiError(404, "not_found", "There is no such report.")
    return Response(200, found["report"].encode(), "text/csv; charset=utf-8")


def list_payouts(processor: Processor, request: Request) -> Response:
    """`GET /v1/payouts`, oldest first."""
    found = processor.store.db.execute(
        "SELECT * FROM batch WHERE account = ? AND payout_id != '' ORDER BY number", (request.account,)
    )
    return as_json({"data": [settlement.describe_payout(batch) for batch in found]})


def list_statements(processor: Processor, request: Request) -> Response:
    """`GET /v1/bank/statements`: one for each day with entries."""
    account = processor.accounts.get(request.account)
    return as_json({"data": bank.list_statements(processor.store.db, account)})


def read_statement(processor: Processor, request: Request) -> Response:
    """`GET /v1/bank/statements/{date}?format=camt053|mt940`."""
    account = processor.accounts.get(request.account)
    form = fields.choice(request.query, "format", ("camt053", "mt940"), default="camt053")
    statement = bank.get_statement(processor.store.db, account, fields.day(request.params["date"]))
    if form == "mt940":
        return Response(200, as_mt940(statement), "text/plain; charset=utf-8")
    return Response(200, as_camt053(statement), "application/xml")
