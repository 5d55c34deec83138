"""A receipt by the number that a till printed on it without a line: found by an index of its own, however many others the register has."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core import db
from merchant.core.clock import business_now
from merchant.core.tenancy import acting_for
from orders.documents.models import Document
from payments.after_sales import returnable
from reports.search import palette
from tests.factories import a_merchant, a_register, a_store
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import offline, put

pytestmark = pytest.mark.django_db
RECEIPTS = 2_000


@pytest.fixture
def register() -> Any:
    """A register of which every twentieth receipt was printed without a line, under a number 7 beyond its own."""
    register = a_register(a_store(a_merchant()))
    with acting_for(register.merchant_id):
        now = business_now(register.merchant_id)
        Document.objects.bulk_create(
            Document(
                kind="receipt", series=f"register:{register.id}", number=number, register=register, business_date=now.date(),
                issued_at=now, total_minor=1250, currency="EUR", access_token=f"token-{register.id.hex[-12:]}-{number}",
                content={"printed_number": number + 7} if number % 20 == 0 else {},
            )
            for number in range(1, RECEIPTS + 1)
        )  # fmt: skip
        yield register


def test_a_printed_number_reads_its_own_paper_only(register: Any) -> None:
    # No receipt is booked under it: only the printed one bears it.
    with CaptureQueriesContext(connection) as captured:
        [paper] = returnable._of_register(register.id, RECEIPTS + 7)
    [statement] = [query["sql"] for query in captured.captured_queries if "printed_number" in query["sql"]]

    scans = _scans(statement, of="document_document")

    assert paper.number == RECEIPTS
    assert [scan.get("Index Name") for scan in scans] == ["document_printed_number"]
    assert sum(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in scans) == 1


def test_the_sale_of_a_printed_number_is_found_by_an_index_of_its_own() -> None:
    counter = Counter()
    put(counter, "offline-rules", is_allowed=True)
    assert offline(counter, 1250, receipt_number=8).status_code == 201

    with counter.scope():
        db.execute("SET LOCAL enable_seqscan = off")
        found = palette.landed_as_printed([counter.left.register.id], 8)

        assert [row.printed_number for row in found] == [8]
        assert "offline_sale_printed" in found.explain()


def _scans(statement: str, *, of: str) -> list[dict[str, Any]]:
    """How a statement reads a table, each scan as EXPLAIN tells it."""
    [(told,)] = db.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", [])
    open_nodes, found = [told[0]["Plan"]], []
    while open_nodes:
        node = open_nodes.pop()
        open_nodes += node.get("Plans", [])
        if node.get("Relation Name") == of:
            found.append(node)
    return found
