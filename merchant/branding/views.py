"""`/settings/brand/`, and the public files of a brand: its stylesheet and its logo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from merchant.branding import colours, logos, previews, queries, services
from merchant.branding.forms import brand_fields
from merchant.branding.models import Brand
from merchant.branding.pages import BrandPage, BrandPreview
from merchant.branding.services import ADDRESSES, TEXT_KINDS, Look
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.numbers import whole_number
from merchant.core.pages.forms import FormField, answered, error_lines
from merchant.core.staff_pages import StaffPageView

PATH = "/settings/brand/"


class BrandPageView(StaffPageView):
    """The form of the look, and beside it how the shop looks."""

    def look(self) -> Look:
        """Return what was typed. :raises LogoRefused: for a file that is too large to read."""
        fields = self.request.POST
        texts = {
            kind: {code: fields.get(f"{kind}_{code}", "").replace("\r\n", "\n") for code, _name in settings.LANGUAGES}
            for kind in TEXT_KINDS
        }
        return Look(
            name=fields.get("name", ""),
            accent=fields.get("accent", ""),
            texts=texts,
            logo=self._logo(),
            **{name: fields.get(name, "") for name in ADDRESSES},
        )

    def show(
        self, brand: Brand | None, fields: tuple[FormField, ...], preview: BrandPreview, error: AppError | None = None
    ) -> HttpResponse:
        """Show the page."""
        last = AuditEntry.objects.filter(subject="merchant", action="brand.changed").order_by("-id").first()
        page = BrandPage(
            fields=fields,
            preview=preview,
            has_logo=brand is not None and queries.has_logo(brand),
            version=self._version() if self.request.method == "POST" and not error else brand.version if brand else 0,
            idempotency_key=str(uuid4()),
            can_change=self.caller.has_right("store.manage"),
            errors=error_lines(error, fields),
            changed_by=last.actor_name if last else "",
        )
        return self.page(
            "merchant/branding/brand.html", page, current="settings", status=error.status if error else 200
        )

    def _version(self) -> int:
        return whole_number(self.request.POST.get("version", "")) or 0

    def _logo(self) -> bytes | None:
        upload: Any = self.request.FILES.get("logo")
        if upload is None:
            return b"" if self.request.POST.get("remove_logo") else None
        if upload.size > logos.LOGO_BYTES_MAX:
            raise logos.LogoRefused(reason=_("it has {number} kB").format(number=upload.size // 1000))
        return bytes(upload.read())


class BrandSettingsView(BrandPageView):
    """How the shop looks to shoppers."""

    right = {"GET": "store.read", "POST": "store.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is set, and how it looks."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set it, once."""
        try:
            return self.act_once(request, self._save)
        except AppError as error:
            return self._show(error)

    def _save(self) -> str:
        services.set_brand(look=self.look(), version=self._version(), now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. Shoppers see it from now on."))
        return PATH

    def _show(self, error: AppError | None = None) -> HttpResponse:
        brand = queries.find_brand()
        fields = answered(brand_fields(brand, self.caller.merchant.name), self.request.POST, error)
        return self.show(brand, fields, previews.of_saved(brand), error)


class BrandPreviewView(BrandPageView):
    """`/settings/brand/preview/`: how the shop would look as the form is filled in. Stores nothing."""

    right = "store.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead to the form: nothing was typed."""
        return HttpResponseRedirect(PATH)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show it; to htmx the preview alone."""
        brand = queries.find_brand()
        try:
            preview = previews.of_typed(brand, self.look())
        except logos.LogoRefused as error:
            preview = replace(previews.of_saved(brand), problem=error.message)
        if self.is_part:
            return self.fragment("merchant/branding/looks.html", preview)
        fields = tuple(field.filled(request.POST) for field in brand_fields(brand, self.caller.merchant.name))
        return self.show(brand, fields, preview)


@require_GET
def stylesheet(request: HttpRequest, brand_id: UUID, version: int) -> HttpResponse:
    """Serve the colours of a brand. The version is for the browser's memory alone: what is served is what holds."""
    return _kept(colours.stylesheet(_brand(brand_id).accent), "text/css; charset=utf-8")


@require_GET
def preview_stylesheet(request: HttpRequest, accent: str) -> HttpResponse:
    """Serve a colour for the preview alone, on a page that has Tillsyn's own."""
    try:
        colour = colours.checked_accent(accent)
    except AppError:
        raise Http404 from None
    return _kept(colours.stylesheet(colour, selector=".brand-preview"), "text/css; charset=utf-8")


@require_GET
def logo(request: HttpRequest, brand_id: UUID, version: int) -> HttpResponse:
    """Serve the logo."""
    brand = _brand(brand_id)
    if brand.logo is None:
        raise Http404
    return _kept(bytes(brand.logo), "image/png")


def _brand(brand_id: UUID) -> Brand:
    brand = queries.find_brand_by_id(brand_id)
    if brand is None:
        raise Http404
    return brand


def _kept(body: str | bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
