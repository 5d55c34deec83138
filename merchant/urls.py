"""Every page of the product, one line a slice."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("api/v1/", include("merchant.api_urls")),
    path("", include("merchant.core.health")),
    path("ops/", admin.site.urls),
    path("language/", set_language, name="language"),
    path("accounts/", include("merchant.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("merchant.merchants.urls")),
    path("", include("merchant.sales_channels.urls")),
    path("", include("merchant.branding.urls")),
    path("", include("merchant.ledger.urls")),
    path("", include("merchant.accounts.people_urls")),
    path("", include("merchant.accounts.approvals.urls")),
    path("", include("merchant.accounts.requests.urls")),
    path("", include("merchant.messages.urls")),
    path("", include("inventory.stock.urls")),
    path("", include("inventory.receiving.urls")),
    path("", include("inventory.damaged.urls")),
    path("", include("inventory.products.urls")),
    path("", include("orders.placing.urls")),
    path("", include("orders.feedback.urls")),
    path("", include("orders.documents.urls")),
    path("", include("orders.documents.invoice_urls")),
    path("", include("orders.fulfilment.urls")),
    path("", include("orders.carry_over.urls")),
    path("", include("payments.fees.urls")),
    path("", include("payments.reconciliation.urls")),
    path("", include("payments.accounting.urls")),
    path("", include("payments.vouchers.urls")),
    path("", include("payments.disputes.urls")),
    path("", include("payments.routing.urls")),
    path("", include("payments.webhooks.parked_urls")),
    path("", include("payments.after_sales.urls")),
    path("", include("payments.checkout.link_urls")),
    path("", include("terminals.live.urls")),
    path("", include("terminals.card_present.urls")),
    path("", include("terminals.pos.urls")),
    path("", include("terminals.till.urls")),
    path("", include("terminals.pos.shifts.urls")),
    path("", include("reports.exports.urls")),
    path("", include("reports.kpis.urls")),
    path("", include("reports.search.urls")),
    path("", include("reports.customer_service.urls")),
    path("", include("reports.audit_log.urls")),
    path("", include("reports.setup.urls")),
    path("", include("reports.help.urls")),
    path("", include("reports.overview.urls")),
    path("webhooks/", include("payments.settlement.hook_urls")),
    path("webhooks/", include("payments.webhooks.urls")),
    path("", include("payments.checkout.urls")),
    path("demo/", include("reports.demo.urls")),
]

handler400 = "merchant.core.errors.bad_request"
handler404 = "merchant.core.errors.page_not_found"
handler500 = "merchant.core.errors.server_error"
