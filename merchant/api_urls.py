"""Every REST route under /api/v1/, one line a slice."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # What a till calls all day is found first.
    path("", include("terminals.pos.api_urls")),
    path("", include("merchant.accounts.api_urls")),
    path("", include("merchant.accounts.approvals.api_urls")),
    path("", include("inventory.api_urls")),
    path("", include("terminals.devices.api_urls")),
    path("", include("terminals.card_present.api_urls")),
    path("", include("terminals.pos.shifts.api_urls")),
    path("", include("terminals.pos.training.api_urls")),
    path("", include("payments.fees.api_urls")),
    path("", include("payments.settlement.api_urls")),
    path("", include("payments.reconciliation.api_urls")),
    path("", include("payments.accounting.api_urls")),
    path("", include("payments.after_sales.api_urls")),
    path("", include("payments.vouchers.api_urls")),
    path("", include("payments.disputes.api_urls")),
    path("", include("payments.routing.api_urls")),
    path("", include("payments.webhooks.api_urls")),
    path("", include("orders.documents.api_urls")),
    path("", include("orders.fulfilment.api_urls")),
    path("", include("orders.carry_over.api_urls")),
    path("", include("reports.search.api_urls")),
    path("", include("reports.customer_service.api_urls")),
    path("", include("reports.exports.api_urls")),
    path("", include("reports.kpis.api_urls")),
    path("", include("merchant.messages.api_urls")),
    path("", include("payments.checkout.api_urls")),
    path("", include("merchant.accounts.api_document_urls")),
]
