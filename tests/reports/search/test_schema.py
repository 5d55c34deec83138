"""The OpenAPI document names the answers of the reads and exports."""

from __future__ import annotations

from drf_spectacular.generators import SchemaGenerator


def test_reads_papers_and_exports_are_documented_with_their_fields():
    document = SchemaGenerator().get_schema(public=True)
    paths = document["paths"]

    for path, answer in {
        "/api/v1/orders/": "OrderPage",
        "/api/v1/orders/{order_id}/": "OrderDetailSchema",
        "/api/v1/payments/": "PaymentPage",
        "/api/v1/payments/{payment_id}/": "PaymentDetailSchema",
        "/api/v1/journal/": "JournalPage",
        "/api/v1/exports/": "ExportPage",
        "/api/v1/receipts/{document_id}/": "DocumentSchema",
    }.items():
        schema = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema["$ref"].endswith(answer), path
    names = {parameter["name"] for parameter in paths["/api/v1/payments/"]["get"]["parameters"]}
    assert {"last4", "date_from", "after", "size"} <= names
    assert "202" in paths["/api/v1/exports/"]["post"]["responses"]
    assert document["components"]["schemas"]["OrderPage"]["properties"]["results"]["type"] == "array"
